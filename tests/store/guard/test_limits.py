"""What a question may take is bounded by the engine, and said in one sentence."""

from collections.abc import Iterator

import pytest

from spanmill_store.client import Store
from spanmill_store.errors import QueryRejected, StatementRefused, StoreUnavailable
from spanmill_store.guard.answering import engine_refusals
from spanmill_store.guard.limits import Limits
from spanmill_store.reading import _rows, answer

pytestmark = pytest.mark.clickhouse

ENDLESS = "SELECT count() FROM (SELECT 1 AS x ORDER BY x WITH FILL TO 1000000000000)"
GREEDY = {
    "repeat": "SELECT repeat('x', 1000000000)",
    "repeat-repeat": "SELECT repeat(repeat('x', 1000000), 1000000)",
    "range": "SELECT range(1000000000)",
    "range-joined": "SELECT sum(arrayJoin(range(9999999))) FROM otel_traces a, otel_traces b",
    "group-array": "SELECT groupArray(repeat('x', 1000000)) FROM otel_traces a, otel_traces b",
    "fold": "SELECT arrayFold((acc, x) -> arrayConcat(acc, acc), range(40), [toUInt8(1)])",
    "fold-text": "SELECT length(arrayFold((acc, x) -> concat(acc, acc), range(60), 'x'))",
    "array-with-constant": "SELECT arrayWithConstant(10000000000, 'x')",
    "array-resize": "SELECT arrayResize([1], 1000000000)",
    "nested-arrays": "SELECT arraySum(x -> arraySum(arrayMap(y -> x * y, range(100000))), range(100000))",
    "space": "SELECT space(1000000000000)",
    "left-pad": "SELECT leftPad('x', 2000000000)",
    "replace": "SELECT replaceRegexpAll(repeat('a', 1000000), 'a', repeat('b', 10000))",
    "pattern": "SELECT multiMatchAny('x', ['(a{1,500}){1,500}'])",
    "pattern-long": "SELECT match('x', repeat('(a|b)*', 200000))",
    "like": "SELECT 'x' LIKE repeat('%a', 100000)",
}
"""Small questions for much memory."""

TIGHT = Limits(timeout_s=5, max_memory_bytes=100_000_000, max_rows=1000, max_result_bytes=2 << 20)


def told(store: Store, question: str, limits: Limits = TIGHT) -> list[object]:
    """The answer within *limits*."""
    with answer(store, question, None, limits) as found:
        return list(found.rows)


def refused(store: Store, question: str, limits: Limits = TIGHT) -> str:
    """What is said when *limits* are reached."""
    with pytest.raises(StatementRefused) as caught:
        told(store, question, limits)
    return str(caught.value)


def test_time(both: Store) -> None:
    """A question that takes too long is stopped, with advice how to narrow it."""
    assert refused(both, ENDLESS, Limits(timeout_s=0.2)) == (
        "The statement took longer than 0.2 s and was stopped: narrow it, for example to Timestamp >= now() - INTERVAL "
        "1 HOUR, or allow more with --timeout-s."
    )


def test_rows(both: Store) -> None:
    """A result of too many rows is refused, with advice to limit it; one of as many as are allowed is given."""
    assert len(told(both, "SELECT arrayJoin(range(1000))")) == 1000
    assert refused(both, "SELECT arrayJoin(range(1001))") == (
        "The result is larger than 1000 rows or 2 MiB: add a LIMIT, select fewer columns, or allow more with "
        "--max-rows."
    )


def test_bytes(both: Store) -> None:
    """A result of too many bytes is refused."""
    assert "add a LIMIT" in refused(both, "SELECT repeat('x', 200000 + Duration % 2) FROM otel_traces")


def test_memory(both: Store) -> None:
    """A question that needs too much memory is stopped."""
    assert refused(both, "SELECT length(groupArray(x)) FROM (SELECT arrayJoin(range(9000000)) AS x)") == (
        "The statement needs more than 100 MB of memory and was stopped: narrow it, select fewer columns, or group by "
        "fewer values."
    )


@pytest.mark.parametrize("question", [pytest.param(text, id=name) for name, text in GREEDY.items()])
def test_the_server_survives_greed(question: str, both: Store) -> None:
    """Whatever a small text asks for is refused, and the next question is answered."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - the engine's own reason, or ours
        told(both, question)
    assert type(caught.value).__name__ in {"StatementRefused", "QueryRejected"}
    assert "\n" not in str(caught.value)
    assert told(both, "SELECT 1") == [(1,)]


def test_an_error_between_two_blocks_is_said_too() -> None:
    """The sentence is the same when rows have already arrived."""

    def blocks() -> Iterator[list[tuple[int]]]:
        yield [(1,)]
        raise QueryRejected("Cannot parse string 'swordfish'", 6)

    rows = _rows(blocks(), Limits(), restricted=True)
    assert next(rows) == (1,)
    with pytest.raises(StatementRefused, match=r"cannot compute it \(code 6\)"):
        next(rows)


def test_memory_of_the_server_is_not_the_questions_fault() -> None:
    """When all questions together need too much, coming again may help."""
    with pytest.raises(StoreUnavailable), engine_refusals(Limits(), restricted=True):
        raise StoreUnavailable("ClickHouse cannot do it now: (total) memory limit exceeded", 241)
