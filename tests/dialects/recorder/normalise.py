"""Makes a recording say the same when it is made again: ids, times and what belongs to the machine are fixed."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from dialects.recorder.stable_ids import StableIds
from dialects.recorder.stable_times import StableTimes

Json = dict[str, Any]

MACHINE: Final = ("host.", "process.", "os.", "container.", "service.instance.id")
"""How resource attributes begin that tell of the machine."""

MEASURED: Final = frozenset(
    {
        "ai.response.msToFirstChunk",
        "ai.response.msToFinish",
        "ai.response.avgOutputTokensPerSecond",
        "ai.response.avgCompletionTokensPerSecond",
        "duration",
        "gen_ai.client.operation.duration",
        "gen_ai.client.operation.time_per_output_chunk",
        "gen_ai.client.operation.time_to_first_chunk",
        "gen_ai.execute_tool.duration",
        "gen_ai.response.time_to_first_chunk",
        "gen_ai.server.time_per_output_token",
        "gen_ai.server.time_to_first_token",
    }
)
"""Attributes that hold a measured duration; each becomes 1."""

TOOK: Final = re.compile(r"(?P<label>\btook |\bduration=)\d+\.\d+(e-\d+)?")
"""A measured duration within a text, of Logfire's and of smolagents'."""

TIMES: Final = frozenset({"startTimeUnixNano", "endTimeUnixNano", "timeUnixNano", "observedTimeUnixNano"})
IDS: Final = frozenset({"traceId", "spanId", "parentSpanId"})


def normalised(signals: Mapping[str, list[Json]], machine: Mapping[str, str], blur_ns: int = 0) -> dict[str, Json]:
    """
    The requests of each signal as one request, without what differs from run to run.

    Args:
        signals: Requests by "traces" and "logs".
        machine: Texts of this machine (folders, ports) and what stands for them; a bare number only as a whole value.
        blur_ns: How far apart times may be and still be the same, for clocks that are not exact.
    """
    merged = {signal: _merged(requests, *LEVELS[signal]) for signal, requests in signals.items() if requests}
    texts = [text for request in merged.values() for text in _texts(request)]
    times = StableTimes((int(time) for request in merged.values() for time in _times(request)), texts, blur_ns)
    spans = list(_items(merged.get("traces", {}), *LEVELS["traces"]))
    parents = {span["spanId"]: span.get("parentSpanId", "") for span in spans}

    def place(item: Json) -> tuple[int, int]:
        return times.field(_time(item)), _depth(item.get("spanId", ""), parents)

    for signal, request in merged.items():
        _sort(request, *LEVELS[signal], place)
    ids = StableIds(sorted(spans, key=place))

    def stable(text: str) -> str:
        text = machine.get(text, text)
        for real, replacement in machine.items():
            text = text if real.isdigit() else text.replace(real, replacement)
        return TOOK.sub(r"\g<label>1.00", times.text(ids.text(text)))

    return {signal: _rewritten(request, stable, ids, times) for signal, request in merged.items()}


LEVELS: Final = {
    "traces": ("resourceSpans", "scopeSpans", "spans"),
    "logs": ("resourceLogs", "scopeLogs", "logRecords"),
}


def _merged(requests: list[Json], outer: str, middle: str, inner: str) -> Json:
    """One request: equal resources and equal scopes once."""
    resources: list[Json] = []
    for request in requests:
        for resource in request.get(outer, []):
            kept = [one for one in resource.get("resource", {}).get("attributes", []) if not _is_machine(one)]
            head = {**resource, "resource": {"attributes": kept}}
            target = _same(resources, head, middle)
            for scope in resource.get(middle, []):
                _same(target[middle], scope, inner)[inner] += scope.get(inner, [])
    return {outer: resources}


def _sort(request: Json, outer: str, middle: str, inner: str, place: Callable[[Json], tuple[int, int]]) -> None:
    for resource in request[outer]:
        for scope in resource[middle]:
            scope[inner].sort(key=place)
        resource[middle].sort(key=lambda scope: place(scope[inner][0]))
    request[outer].sort(key=lambda resource: place(resource[middle][0][inner][0]))


def _depth(span_id: str, parents: Mapping[str, str]) -> int:
    return 1 + _depth(parents[span_id], parents) if span_id in parents else 0


def _same(among: list[Json], wanted: Json, contents: str) -> Json:
    """The one of *among* that is equal to *wanted* but for its contents; added where there is none."""
    head = {key: value for key, value in wanted.items() if key != contents}
    for one in among:
        if {key: value for key, value in one.items() if key != contents} == head:
            return one
    among.append(head | {contents: []})
    return among[-1]


def _is_machine(attribute: Json) -> bool:
    return str(attribute["key"]).startswith(MACHINE)


def _time(item: Json) -> int:
    return int(item.get("startTimeUnixNano") or item.get("timeUnixNano") or item.get("observedTimeUnixNano") or 0)


def _items(request: Json, outer: str, middle: str, inner: str) -> Iterator[Json]:
    for resource in request.get(outer, []):
        for scope in resource[middle]:
            yield from scope[inner]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(item)


def _times(value: Any) -> Iterator[int]:
    if isinstance(value, dict):
        yield from (int(item) for key, item in value.items() if key in TIMES)
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _times(item)


def _rewritten(value: Any, stable: Callable[[str], str], ids: StableIds, times: StableTimes) -> Any:
    if isinstance(value, list):
        return [_rewritten(item, stable, ids, times) for item in value]
    if not isinstance(value, dict):
        return stable(value) if isinstance(value, str) else value
    if value.get("key") in MEASURED:
        return {"key": value["key"], "value": {"doubleValue": 1.0}}
    rewritten: Json = {}
    for key, item in value.items():
        if key in TIMES:
            rewritten[key] = str(times.field(int(item)))
        elif key in IDS:
            rewritten[key] = ids.field(item)
        else:
            rewritten[key] = _rewritten(item, stable, ids, times)
    return rewritten
