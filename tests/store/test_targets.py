"""Targets as scorers see them: reading less of one changes nothing about what is read."""

import pytest

from spanmill_store import targets
from spanmill_store.client import Store
from spanmill_store.targets import Detail, TargetId
from support.traces import TraceWriter

pytestmark = pytest.mark.clickhouse


@pytest.fixture
def trace(store: Store) -> TargetId:
    """A trace with a retrieval and a call of a tool."""
    return TraceWriter(store).turn("Why?", "Because.", tool_error=True, documents=("policy",))


@pytest.mark.parametrize("detail", ["outline", "texts", "spans", "all"])
def test_a_trace_is_the_same_however_much_is_read(store: Store, trace: TargetId, detail: Detail) -> None:
    """Texts, hash, and what test cases say; spans only where they are wanted, attributes only with everything."""
    [seen], [whole] = (targets.traces(store, [trace], detail=one).values() for one in (detail, "all"))
    assert (seen.input, seen.output, seen.session_id) == (whole.input, whole.output, "conversation-1")
    assert (seen.name, seen.input_hash, seen.columns["ServiceName"]) == (whole.name, whole.input_hash, "bot")
    if detail in ("spans", "all"):
        assert (seen.documents, seen.tool_results) == (whole.documents, whole.tool_results)
        assert len(seen.spans) == 3
    else:
        assert seen.spans == ()
    assert any(span.attributes for span in seen.spans) == (detail == "all")


@pytest.mark.usefixtures("trace")
@pytest.mark.parametrize("detail", ["texts", "spans"])
def test_a_span_is_the_same_however_much_is_read(store: Store, detail: Detail) -> None:
    """Its hash too, but for an outline, which leaves out the texts."""
    ids = [TargetId(row["Project"], row["TraceId"], row["SpanId"]) for row in store.select("SELECT * FROM otel_traces")]
    found, whole, outlines = (targets.spans(store, ids, detail=one) for one in (detail, "all", "outline"))
    assert found.keys() == whole.keys() == outlines.keys() == set(ids)
    for one in ids:
        assert (found[one].input, found[one].output) == (whole[one].input, whole[one].output)
        assert found[one].input_hash == whole[one].input_hash != outlines[one].input_hash
        assert [span.type for span in found[one].spans] == ([] if detail == "texts" else [whole[one].spans[0].type])


@pytest.mark.parametrize(("size", "chars"), [(1, 10**9), (3, 10**9), (100, 1), (100, 10**9)])
def test_pieces_of_spans_are_the_spans(store: Store, size: int, chars: int) -> None:
    """Each once, also one that is stored twice, and none that was not asked for."""
    writer = TraceWriter(store)
    answers = writer.answers([f"answer {number}" for number in range(7)])
    writer.turn("Why?", "Because.", trace_id=answers[0].trace_id)
    ids = [TargetId(one.project, one.trace_id, f"root{one.trace_id[:12]}") for one in answers[:6]]
    pieces = list(targets.spans_in_pieces(store, ids, detail="texts", size=size, chars=chars))
    assert sum(len(piece) for piece in pieces) == len(ids)
    assert {one: seen.input_hash for piece in pieces for one, seen in piece.items()}.keys() == set(ids)
    assert all(pieces)


@pytest.mark.parametrize("detail", ["texts", "spans", "all"])
@pytest.mark.parametrize(("size", "chars"), [(1, 10**9), (3, 10**9), (100, 1), (100, 10**9)])
def test_pieces_of_traces_are_the_traces(store: Store, size: int, chars: int, detail: Detail) -> None:
    """Each once, with its spans, and none that was not asked for."""
    writer = TraceWriter(store)
    ids = writer.answers([f"answer {number}" for number in range(7)])[:6]
    pieces = list(targets.traces_in_pieces(store, ids, detail=detail, size=size, chars=chars))
    assert sum(len(piece) for piece in pieces) == len(ids)
    assert {one: seen for piece in pieces for one, seen in piece.items()} == targets.traces(store, ids, detail=detail)
    assert all(pieces)
