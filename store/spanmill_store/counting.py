"""
What is counted in a trace of few spans: the rules of the views ``trace_states`` and ``traces``, in Python.

The views are the truth; a test holds this against them. It exists because ClickHouse takes three times as long to
analyze the views as to read the fifty traces of a page, whatever is in them.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, Final, TypedDict

CALLS: Final = ("llm", "embedding", "reranker")
MAX_DEPTH: Final = 16
"""Levels above a call at which spans that report usage repeat what the call used."""


class Counted(TypedDict):
    """A span as ``trace_parts`` keeps it for counting; times in nanoseconds, CallId 0 where there is none."""

    SpanId: str
    ParentSpanId: str
    StartTime: int
    Duration: int
    SpanType: str
    Name: str
    ServiceName: str
    IsError: bool
    InputTokens: int | None
    OutputTokens: int | None
    CachedTokens: int | None
    CostUsd: float | None
    CallId: int


def counts(spans: Iterable[Counted]) -> dict[str, Any]:
    """What the view ``traces`` counts, sums and lists of the *spans* of one trace, which may come more than once."""
    each = _each_once(spans)
    once = usage(each)
    tools = [span for span in each if span["SpanType"] == "tool"]
    return {
        "Services": sorted({span["ServiceName"] for span in each}),
        "SpanCount": len(each),
        "LlmCount": sum(span["SpanType"] == "llm" for span in each),
        "ToolCount": len(tools),
        "ErrorCount": sum(span["IsError"] for span in each),
        "InputTokens": _sum(span["InputTokens"] for span in once),
        "OutputTokens": _sum(span["OutputTokens"] for span in once),
        "CostUsd": _sum(span["CostUsd"] for span in once),
        "Models": sorted({span["Name"] for span in each if span["SpanType"] in CALLS and span["Name"]}),
        "AgentNames": sorted({span["Name"] for span in each if span["SpanType"] == "agent"}),
        "ToolNames": sorted({span["Name"] for span in tools}),
    }


def usage(each: Sequence[Counted]) -> list[Counted]:
    """
    The spans whose tokens and costs add up to what the trace used.

    Of spans that report some, those count that have no call with usage below them; of two at the same time for the
    same answer, one. Where each lies below another, in a circle of parents, all count.
    """
    reporting = [span for span in each if _reports(span)]
    above = _above_calls(each, reporting)
    lowest = [span for span in reporting if span["SpanId"] not in above] or reporting
    if len({span["CallId"] for span in lowest}) == len(lowest):
        return lowest
    by_call = sorted(lowest, key=lambda span: (span["CallId"], span["StartTime"], span["SpanId"]))
    return by_call[:1] + [span for before, span in pairwise(by_call) if not _repeats(before, span)]


def _each_once(spans: Iterable[Counted]) -> list[Counted]:
    by_id: dict[str, Counted] = {}
    for span in sorted(spans, key=_order):
        by_id.setdefault(span["SpanId"], span)
    return list(by_id.values())


def _order(span: Counted) -> list[tuple[bool, Any]]:
    """ClickHouse's order of tuples: field by field, NULL behind every value."""
    return [(value is None, value) for value in span.values()]


def _reports(span: Counted) -> bool:
    return not (span["InputTokens"] is None and span["OutputTokens"] is None and span["CostUsd"] is None)


def _above_calls(each: Sequence[Counted], reporting: Sequence[Counted]) -> set[str]:
    """The ids of what lies above a call that reports usage."""
    parents = {span["SpanId"]: span["ParentSpanId"] for span in each}
    level = {
        span["ParentSpanId"]
        for span in reporting
        if span["SpanType"] in CALLS and span["ParentSpanId"] != span["SpanId"]
    }
    above: set[str] = set()
    for _ in range(MAX_DEPTH):
        above |= level
        level = {parent for one in level if (parent := parents.get(one, ""))}
    return above


def _repeats(before: Counted, span: Counted) -> bool:
    """Whether a span tells of the same call as the one *before* it, while that lasted."""
    is_same = span["CallId"] != 0 and before["CallId"] == span["CallId"]
    return is_same and before["StartTime"] + before["Duration"] > span["StartTime"]


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
