"""What a scorer looks at: a complete trace, one span of it, or a whole session, read by id."""

import itertools
import operator
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

from spanmill_store import queries
from spanmill_store.client import Store
from spanmill_store.scoring.templates import filled
from spanmill_store.turns import Turn, transcript

Detail = Literal["outline", "texts", "spans", "all"]
"""
What a scorer looks at: name, input and output alone; the spans as well, without their attributes; or everything. What
it does not look at need not be read: `Target.columns` then has only what test cases say of where they come from. An
outline is for rules in SQL: of a span, InputHash leaves out the texts.
"""

PIECE_CHARS: Final = 16_000_000
"""So much text of targets a worker holds at a time."""


class TargetId(NamedTuple):
    """Names one target; a trace as a whole has the span id '', a session as a whole the trace id '' too."""

    project: str
    trace_id: str
    span_id: str = ""
    session_id: str = ""

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "TargetId":
        """The target that a row of the ledger is about."""
        return cls(row["Project"], row["TraceId"], row["SpanId"], row["SessionId"])


def keys_of(ids: Iterable[TargetId]) -> dict[str, list[str]]:
    """Ids of traces and of sessions, by which queries find what belongs to *ids*."""
    known = list(ids)
    return {
        "trace_ids": _trace_ids(known),
        "session_ids": sorted({target.session_id for target in known}),
    }


@dataclass(frozen=True, slots=True)
class Span:
    """One span of a trace."""

    span_id: str
    parent_span_id: str
    name: str
    type: str
    status: str
    status_message: str
    start_time: datetime
    duration_ns: int
    input: str
    output: str
    system_prompt: str
    model: str
    tool_name: str
    attributes: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Target:
    """
    A trace, with its spans in start order, one span, or a session with its turns in order.

    Attributes:
        id: Names it.
        name: The root span's or the span's name, or the session's id.
        input: Text of the question, or of the span's input; of a session the first question.
        output: Text of the answer, or of the span's output; of a session the last answer.
        columns: All columns of the target's row in ``traces``, ``otel_traces`` or ``sessions``.
        spans: The trace's spans; only the span itself where the target is a span; none of a session, whose turns have
            them.
        session_id: The conversation, or ''.
        input_hash: Changes when what a scorer sees changes.
        turns: Of a session, the newest of them where there are very many.
        earlier_turns: How many of a session were left out before these.
    """

    id: TargetId
    name: str
    input: str
    output: str
    session_id: str
    input_hash: str
    columns: Mapping[str, Any] = field(hash=False)
    spans: tuple[Span, ...] = field(hash=False)
    turns: tuple[Turn[Span], ...] = field(default=(), hash=False)
    earlier_turns: int = 0

    @property
    def system_prompt(self) -> str:
        """The first system prompt in the target, or ''."""
        return next((span.system_prompt for span in self.spans if span.system_prompt), "")

    @property
    def documents(self) -> tuple[str, ...]:
        """What the retrievals of the target returned."""
        return tuple(span.output for span in self.spans if span.type == "retriever" and span.output)

    @property
    def tool_results(self) -> tuple[str, ...]:
        """Calls and results of the target's tools."""
        tools = (span for span in self.spans if span.type == "tool")
        return tuple(f"{span.tool_name or span.name}({span.input}) → {span.output}" for span in tools)

    @property
    def conversation(self) -> str:
        """The turns of a session as text."""
        return transcript(self.turns, self.earlier_turns)


def traces(store: Store, ids: Iterable[TargetId], *, detail: Detail = "all") -> dict[TargetId, Target]:
    """Return the traces named by *ids* that are stored, by id."""
    wanted = set(ids)
    found = _traces_alone(store, wanted, detail)
    if not _has_spans(detail):
        return found
    spans = spans_of_traces(store, _trace_ids(wanted), detail=detail)
    return {target: replace(alone, spans=tuple(spans.get(target, ()))) for target, alone in found.items()}


def traces_in_pieces(
    store: Store, ids: Iterable[TargetId], *, detail: Detail, size: int = 1000, chars: int = PIECE_CHARS
) -> Generator[dict[TargetId, Target]]:
    """Give the same in pieces, as their spans arrive, of about *size* traces or *chars* of text: for very many."""
    wanted = set(ids)
    if not _has_spans(detail):
        yield _traces_alone(store, wanted, detail)
        return
    left = _traces_alone(store, wanted, detail)
    piece: dict[TargetId, Target] = {}
    length = 0
    with store.stream(_spans_of_traces(detail), {}, {"trace_ids": _trace_ids(wanted)}) as (names, blocks):
        for target, spans in _by_trace(dict(zip(names, row, strict=True)) for block in blocks for row in block):
            if target in left:
                piece[target] = replace(left.pop(target), spans=tuple(spans))
                length += sum(len(span.input) + len(span.output) for span in spans)
            if len(piece) >= size or length >= chars:
                yield piece
                piece, length = {}, 0
    if piece or left:
        yield piece | left


def _traces_alone(store: Store, wanted: AbstractSet[TargetId], detail: Detail) -> dict[TargetId, Target]:
    """The same without their spans."""
    query = "targets/traces_by_id" if detail == "all" else "targets/texts_of_traces"
    found = {}
    for row in store.rows(query, trace_ids=_trace_ids(wanted)):
        target = TargetId(row["Project"], row["TraceId"])
        if target in wanted:
            found[target] = _target(target, row["RootName"], row, ())
    return found


def _has_spans(detail: Detail) -> bool:
    return detail in ("spans", "all")


def _trace_ids(wanted: Iterable[TargetId]) -> list[str]:
    return sorted({target.trace_id for target in wanted})


def spans_of_traces(store: Store, trace_ids: Sequence[str], *, detail: Detail = "all") -> dict[TargetId, list[Span]]:
    """Return the spans of traces in start order, by the trace; their attributes only if *detail* is all."""
    return dict(_by_trace(store.select(_spans_of_traces(detail), {"trace_ids": trace_ids})))


def _spans_of_traces(detail: Detail) -> str:
    return filled("targets/spans_of_traces", {} if detail == "all" else {"attributes": ""})


def _by_trace(rows: Iterable[dict[str, Any]]) -> Iterator[tuple[TargetId, list[Span]]]:
    """The spans in *rows*, which come trace after trace, and whose they are."""
    for key, some in itertools.groupby(rows, operator.itemgetter("Project", "TraceId")):
        yield TargetId(*key), [_span(row) for row in some]


def spans(store: Store, ids: Iterable[TargetId], *, detail: Detail = "all") -> dict[TargetId, Target]:
    """Return the spans named by *ids* that are stored, by id."""
    wanted = set(ids)
    return _spans_among(wanted, store.select(_spans_statement(detail), _keys_of_spans(wanted)))


def spans_in_pieces(
    store: Store, ids: Iterable[TargetId], *, detail: Detail, size: int = 4000, chars: int = PIECE_CHARS
) -> Generator[dict[TargetId, Target]]:
    """Give the same in pieces, as they arrive, of about *size* spans or *chars* of text: for very many."""
    wanted = set(ids)
    piece: dict[TargetId, Target] = {}
    length = 0
    with store.stream(_spans_statement(detail), {}, _keys_of_spans(wanted)) as (names, blocks):
        for block in blocks:
            some = _spans_among(wanted, (dict(zip(names, row, strict=True)) for row in block))
            wanted -= some.keys()
            piece |= some
            length += sum(len(target.input) + len(target.output) for target in some.values())
            if len(piece) >= size or length >= chars:
                yield piece
                piece, length = {}, 0
    if piece:
        yield piece


def _spans_statement(detail: Detail) -> str:
    return (
        queries.text("targets/spans_by_id") if detail == "all" else filled("targets/texts_of_spans", _LEFT_OUT[detail])
    )


def _keys_of_spans(wanted: AbstractSet[TargetId]) -> dict[str, list[str]]:
    return {
        "trace_ids": _trace_ids(wanted),
        "span_ids": sorted({target.span_id for target in wanted}),
    }


def _spans_among(wanted: AbstractSet[TargetId], rows: Iterable[dict[str, Any]]) -> dict[TargetId, Target]:
    found = {}
    for row in rows:
        target = TargetId(row["Project"], row["TraceId"], row["SpanId"])
        if target in wanted:
            found[target] = _target(target, row["SpanName"], row, [_span(row)] if "SpanType" in row else [])
    return found


_LEFT_OUT: Final[Mapping[Detail, Mapping[str, str]]] = {
    "outline": {"rest": "", "texts": ""},
    "texts": {"rest": ""},
    "spans": {},
}
"""Parts of the query for spans that a scorer does not need."""


def _target(target: TargetId, name: str, row: dict[str, Any], spans_of_it: Sequence[Span]) -> Target:
    return Target(
        id=target,
        name=name,
        input=row["Input"],
        output=row["Output"],
        session_id=row["SessionId"],
        input_hash=row.pop("InputHash"),
        columns=row,
        spans=tuple(spans_of_it),
    )


def _span(row: Mapping[str, Any]) -> Span:
    return Span(
        span_id=row["SpanId"],
        parent_span_id=row["ParentSpanId"],
        name=row["SpanName"],
        type=row["SpanType"],
        status=row["StatusCode"],
        status_message=row["StatusMessage"],
        start_time=row["Timestamp"],
        duration_ns=row["Duration"],
        input=row["Input"],
        output=row["Output"],
        system_prompt=row["SystemPrompt"],
        model=row["ResponseModel"] or row["RequestModel"],
        tool_name=row["ToolName"],
        attributes=row.get("SpanAttributes") or {},
    )
