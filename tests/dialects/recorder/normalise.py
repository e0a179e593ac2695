"""Makes a recording say the same when it is made again: ids, times and what belongs to the machine are fixed."""

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
        "gen_ai.response.time_to_first_chunk",
    }
)
"""Attributes that hold a measured duration; each becomes 1."""

TIMES: Final = frozenset({"startTimeUnixNano", "endTimeUnixNano", "timeUnixNano", "observedTimeUnixNano"})
IDS: Final = frozenset({"traceId", "spanId", "parentSpanId"})


def normalised(signals: Mapping[str, list[Json]], machine: Mapping[str, str]) -> dict[str, Json]:
    """
    The requests of each signal as one request, without what differs from run to run.

    Args:
        signals: Requests by "traces" and "logs".
        machine: Texts of this machine (folders, ports) and what stands for them; a bare number only as a whole value.
    """
    merged = {signal: _merged(requests, *LEVELS[signal]) for signal, requests in signals.items() if requests}
    spans = list(_items(merged.get("traces", {}), *LEVELS["traces"]))
    texts = [text for request in merged.values() for text in _texts(request)]
    times = StableTimes((int(time) for request in merged.values() for time in _times(request)), texts)
    ids = StableIds(sorted(spans, key=_time))

    def stable(text: str) -> str:
        text = machine.get(text, text)
        for real, replacement in machine.items():
            text = text if real.isdigit() else text.replace(real, replacement)
        return times.text(ids.text(text))

    return {signal: _rewritten(request, stable, ids, times) for signal, request in merged.items()}


LEVELS: Final = {
    "traces": ("resourceSpans", "scopeSpans", "spans"),
    "logs": ("resourceLogs", "scopeLogs", "logRecords"),
}


def _merged(requests: list[Json], outer: str, middle: str, inner: str) -> Json:
    """One request: equal resources and equal scopes once, and what they hold by time."""
    resources: list[Json] = []
    for request in requests:
        for resource in request.get(outer, []):
            kept = [one for one in resource.get("resource", {}).get("attributes", []) if not _is_machine(one)]
            head = {**resource, "resource": {"attributes": kept}}
            target = _same(resources, head, middle)
            for scope in resource.get(middle, []):
                _same(target[middle], scope, inner)[inner] += scope.get(inner, [])
    for resource in resources:
        for scope in resource[middle]:
            scope[inner].sort(key=_time)
        resource[middle].sort(key=lambda scope: _time(scope[inner][0]))
    return {outer: resources}


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
