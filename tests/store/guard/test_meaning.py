"""What the guard writes means what was asked."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spanmill_store.client import Store
from spanmill_store.guard.parsing import tokens_of
from spanmill_store.guard.statement import checked
from spanmill_store.reading import answer
from support.questions import QUESTIONS

READ_ONLY = {"readonly": 1}
GAPS = st.sampled_from([" ", "\n", "\t", " /* x ' */ ", ' -- y " \n', "\n\n  # z `\n"])


def told(store: Store, question: str) -> list[list[str]]:
    """The rows of the answer to *question*, through the guard."""
    with answer(store, question) as found:
        return [[repr(cell) for cell in row] for row in found.rows]


@pytest.mark.clickhouse
@pytest.mark.parametrize("question", QUESTIONS)
def test_rows_are_those_of_the_question(question: str, both: Store) -> None:
    """SQL that the guard has written anew gives the same rows as the original without the guard."""
    with both.stream(question, READ_ONLY) as (_, blocks):
        expected = [[repr(cell) for cell in row] for block in blocks for row in block]
    assert told(both, question) == expected


@given(st.sampled_from(QUESTIONS), st.lists(GAPS, min_size=1, max_size=5))
@settings(max_examples=200)
def test_spacing_and_comments_mean_nothing(question: str, gaps: list[str]) -> None:
    """Whatever stands between the tokens, what is run is the same."""
    text, end = "", 0
    for number, token in enumerate(tokens_of(question)):
        written = question[token.start : token.end + 1]
        has_gap = question[end : token.start] != ""
        text += (gaps[number % len(gaps)] if has_gap else "") + written
        end = token.end + 1
    assert checked(text) == checked(question)


@pytest.mark.parametrize("question", QUESTIONS)
def test_writing_is_final(question: str) -> None:
    """What was written by the guard passes it unchanged, names of WITH aside."""
    written = checked(question)
    if "with " not in written:
        assert checked(written) == written


@pytest.mark.clickhouse
@given(st.text(max_size=20) | st.text(alphabet="\\'\"`ntx0bfrae4N1%_/=", max_size=12))
@settings(max_examples=100, deadline=None)
def test_strings_arrive_as_clickhouse_reads_them(both: Store, text: str) -> None:
    """A string literal with any escapes in it has the bytes that ClickHouse gives it, or is refused."""
    literal = "'" + text.replace("'", "''") + "'"
    question = f"SELECT hex({literal}) AS h"
    try:
        written = checked(question)
    except Exception as refused:  # noqa: BLE001 - looked at below
        assert type(refused).__name__ == "StatementRefused"  # noqa: PT017
        return
    assert both.select(written) == both.select(question)
