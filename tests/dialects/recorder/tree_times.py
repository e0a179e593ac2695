"""
Times by the tree of spans instead of by the clock.

OpenTelemetry for Node reads two clocks that drift apart, so that a child can seem to begin before its parent, and in
another run after it. Where everything happens one after the other, the tree says what the clock should have said.
"""

from collections.abc import Iterator
from itertools import count
from typing import Any, Final

Json = dict[str, Any]

STEP_NS: Final = 1_000_000


def set_times(spans: list[Json]) -> None:
    """Give *spans* and their events times: parents contain children, later siblings follow."""
    ids = {span["spanId"] for span in spans}
    children: dict[str, list[Json]] = {}
    for span in spans:
        parent = span.get("parentSpanId", "")
        children.setdefault(parent if parent in ids else "", []).append(span)
    first = min((_start(span) for span in spans), default=0)
    ticks = count(first, STEP_NS)
    for root in sorted(children.get("", []), key=_start):
        _walk(root, children, ticks)


def _walk(span: Json, children: dict[str, list[Json]], ticks: Iterator[int]) -> None:
    span["startTimeUnixNano"] = str(next(ticks))
    for item in sorted([*children.get(span["spanId"], []), *span.get("events", [])], key=_start):
        if "spanId" in item:
            _walk(item, children, ticks)
        else:
            item["timeUnixNano"] = str(next(ticks))
    span["endTimeUnixNano"] = str(next(ticks))


def _start(item: Json) -> int:
    return int(item.get("startTimeUnixNano") or item["timeUnixNano"])
