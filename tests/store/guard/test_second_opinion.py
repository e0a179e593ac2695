"""Whatever the guard lets through is, to ClickHouse's own parser too, a question about readable tables."""

import contextlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanmill_store.errors import StatementRefused
from spanmill_store.guard.functions import allowed
from spanmill_store.guard.parsing import tokens_of
from spanmill_store.guard.sources import PREFIX
from spanmill_store.guard.statement import checked
from spanmill_store.guard.tables import READABLE
from support.engine_syntax import engine_view
from support.http_query import Ask
from support.questions import QUESTIONS

OPERATORS = {"in", "notIn", "globalIn", "globalNotIn", "lambda", "CAST", "exists", "caseWithExpression", "_CAST"}
_FRAGMENTS = r"""
api_keys|system.users|system|url('http://x')|file('/etc/passwd')|numbers(10)|remote('x')|IN api_keys
IN (api_keys)|IN ((api_keys,))|(api_keys,)|[api_keys]|IN
scores|FROM|SELECT|SELECT *|FROM api_keys|FROM scores|FINAL|ARRAY JOIN|LEFT ARRAY JOIN|JOIN|CROSS JOIN api_keys
PASTE JOIN|,|(|)|[|]|(SELECT * FROM api_keys)|(SELECT max(KeyHash) FROM api_keys)|WITH|WITH api_keys AS (SELECT 1)
AS|AS x|AS api_keys|'|"|`|\|INTO OUTFILE '/tmp/x'|SETTINGS readonly = 0|FORMAT Null|UNION ALL
UNION ALL SELECT * FROM api_keys|EXCEPT|;|; DROP TABLE x|--|/*|*/|#|$$|$a$|{x:String}|->|x -> file(x)|::
::AggregateFunction(sum, UInt64)|?|:|.|.1|.file('x')|*|APPLY(file)|COLUMNS('a')|ORDER BY|GROUP BY ALL|LIMIT 1 BY
LIMIT|WITH FILL|INTERPOLATE|PREWHERE|WHERE|HAVING|QUALIFY|WINDOW w AS ()|OVER ()|SAMPLE 1|EXISTS|NOT|BETWEEN|LIKE
CASE|WHEN|END|INTERVAL|CAST(|sleep(1)|hostName()|INTERSECT|getSetting('x')|dictGet('d', 'a', 1)|merge('.*')
view(SELECT 1)|values(1)|VALUES|VALUES (1)|GLOBAL|ANY|ALL|SEMI|USING|ON 1|EXPLAIN|DESCRIBE|SHOW TABLES
INSERT INTO scores|DROP TABLE scores|TOP 1|OFFSET|FETCH|LATERAL|PIVOT|TABLE|FROM (|) AS x|ONLY
"""
FRAGMENTS = _FRAGMENTS.strip().replace("\n", "|").split("|")


def opinion(ask: Ask, sql: str) -> None:
    """Make sure that the engine agrees that *sql*, which passed the guard, is harmless."""
    if not sql.startswith(("SELECT", "WITH", "(", "FROM")):
        assert sql.startswith(("EXPLAIN ", "DESCRIBE TABLE "))
        return
    view = engine_view(ask, sql)
    if view is None:
        return
    assert not view.oddities, view.oddities
    assert {name for name in view.tables if not name.startswith(PREFIX)} <= set(READABLE)
    assert [name for name in view.functions - OPERATORS if not allowed().allows(name)] == []


@pytest.mark.clickhouse
@pytest.mark.parametrize("question", QUESTIONS)
def test_questions_are_harmless_to_the_engine_too(question: str, ask: Ask) -> None:
    """The engine's parser sees the same tables and functions as the guard."""
    opinion(ask, checked(question))


@pytest.mark.clickhouse
@pytest.mark.parametrize(
    "sql",
    ["SELECT 1 IN api_keys", "SELECT 1 FROM url('x')", "SELECT 1 SETTINGS readonly = 1", "SELECT 1 FROM api_keys"],
)
def test_the_second_opinion_sees_ways_out(sql: str, ask: Ask) -> None:
    """The engine's view of statements that never passed the guard is not harmless."""
    with pytest.raises(AssertionError):
        opinion(ask, sql)


@pytest.mark.clickhouse
@given(st.sampled_from(QUESTIONS), st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=4), st.randoms())
@settings(max_examples=250, deadline=None)
def test_mutated_questions(ask: Ask, question: str, fragments: list[str], chance: random.Random) -> None:
    """Questions with pieces of ways out put into them are refused in one sentence, or harmless to the engine too."""
    words = [question[token.start : token.end + 1] for token in tokens_of(question)]
    for fragment in fragments:
        place = chance.randrange(len(words) + 1)
        words[place : place + chance.randrange(3)] = [fragment]
    _refused_or_harmless(ask, " ".join(words))


@pytest.mark.clickhouse
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=8).map(lambda words: "SELECT " + " ".join(words)))
@settings(max_examples=100, deadline=None)
def test_strung_fragments(ask: Ask, text: str) -> None:
    """Pieces of ways out strung together are refused in one sentence, or harmless to the engine too."""
    _refused_or_harmless(ask, text)


@given(st.text(max_size=80) | st.text(max_size=80).map("SELECT {}".format))
@settings(max_examples=300)
def test_any_text(text: str) -> None:
    """No text makes the guard fail in another way than by refusing."""
    with contextlib.suppress(StatementRefused):
        checked(text)
    with contextlib.suppress(StatementRefused):
        checked(text, restricted=True)


def _refused_or_harmless(ask: Ask, text: str) -> None:
    try:
        sql = checked(text)
    except StatementRefused as refused:
        sentence = str(refused)
    else:
        opinion(ask, sql)
        return
    assert "\n" not in sentence
