"""Ways out: each is refused by the guard itself, before a server hears of it, in one sentence."""

import pytest

from spanmill_store.errors import StatementRefused
from spanmill_store.guard.statement import checked
from support.ways_out import CLAUSES, TABLES, WRITING
from support.ways_out_by_function import FUNCTIONS, TOO_MUCH

WAYS = {**WRITING, **CLAUSES, **TABLES, **FUNCTIONS, **TOO_MUCH}
RESTRICTED = {
    "prewhere": "SELECT count() FROM scores PREWHERE toUInt8(Rationale) = 1",
    "prewhere-in-sub-select": "SELECT * FROM (SELECT 1 FROM scores PREWHERE 1)",
    "explain": "EXPLAIN indexes = 1 SELECT * FROM scores",
}
"""Refused to those who may see some projects only."""


def refused(statement: str, *, restricted: bool = False) -> str:
    """What the guard says."""
    with pytest.raises(StatementRefused) as caught:
        checked(statement, restricted=restricted)
    return str(caught.value)


@pytest.mark.parametrize("statement", [pytest.param(text, id=name) for name, text in WAYS.items()])
def test_is_refused_in_one_sentence(statement: str) -> None:
    """The guard lets no way out pass, and says why on one line that says what to do."""
    sentence = refused(statement)
    assert "\n" not in sentence
    assert sentence.endswith((".", "?"))
    assert ":" in sentence
    assert len(sentence) < 400


@pytest.mark.parametrize("statement", [pytest.param(text, id=name) for name, text in RESTRICTED.items()])
def test_restricted_questions_may_do_less(statement: str) -> None:
    """What could look at rows of other projects is allowed to whoever may see them all."""
    assert "other projects" in refused(statement, restricted=True) or "all projects" in refused(
        statement, restricted=True
    )
    assert checked(statement)


def test_there_are_enough() -> None:
    """The list is long, and no way stands in it twice."""
    assert len(WAYS) >= 60
    assert len(set(WAYS.values())) == len(WAYS)


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("DROP TABLE scores", "DROP is not allowed here: write one SELECT, EXPLAIN, DESCRIBE or SHOW TABLES."),
        ("SELECT * FROM scroes", "The statement may not read 'scroes': did you mean scores?"),
        ("SELECT * FROM system.users", "The statement may not read 'system.users': it may read spans, traces, "),
        ("SELECT * FROM url('x')", "The statement may not read from url(): only tables, no functions."),
        ("SELECT contIf(1)", "The statement may not call contIf(): did you mean countIf()?"),
        ("SELECT file('x')", "The statement may not call file(): it is not on the list of those that only compute."),
        ("SELECT 1 SETTINGS x = 1", "The statement may not have SETTINGS: remove it."),
        ("SELECT 'x' IN api_keys", "api_keys behind IN may name a table: write a list of values, a sub-select, or "),
        ("SELECT 1; SELECT 2", "SQL 'SELECT 1; SELECT 2' is 2 statements: write exactly one."),
        ("SELECT {x:String}", "The statement may not contain a query parameter: write it with "),
        ("SELECT 1 +", "SQL 'SELECT 1 +' cannot be read: something is wrong or missing at line 1, column 10."),
    ],
)
def test_sentences_name_the_thing_and_the_remedy(statement: str, sentence: str) -> None:
    """A person learns which word is at fault and what to write."""
    assert refused(statement).startswith(sentence)


def test_comments_do_not_travel() -> None:
    """What a comment says reaches no server, whoever takes it for something else."""
    assert checked("SELECT /* 1; DROP TABLE scores */ 2 -- INTO OUTFILE '/tmp/x'") == "SELECT 2"


def test_names_of_with_are_no_tables() -> None:
    """A name given with WITH is changed into one that no table has, wherever it stands."""
    written = checked("WITH api_keys AS (SELECT * FROM api_keys) SELECT api_keys.a FROM api_keys")
    assert written == (
        'WITH "with api_keys" AS (SELECT * FROM "with api_keys" AS "api_keys") '
        'SELECT "api_keys"."a" FROM "with api_keys" AS "api_keys"'
    )
