"""Makes a recording say the same when it is made again: ids, times and what belongs to the machine are fixed."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from dialects.recorder import measured
from dialects.recorder.merge import items, merged, sort
from dialects.recorder.stable_ids import StableIds
from dialects.recorder.stable_times import StableTimes
from dialects.recorder.tree_times import set_times

Json = dict[str, Any]

TIMES: Final = frozenset({"startTimeUnixNano", "endTimeUnixNano", "timeUnixNano", "observedTimeUnixNano"})
IDS: Final = frozenset({"traceId", "spanId", "parentSpanId"})


def normalised(
    signals: Mapping[str, list[Json]], machine: Mapping[str, str], has_clock: bool = True
) -> dict[str, Json]:
    """
    The requests of each signal as one request, without what differs from run to run.

    Args:
        signals: Requests by "traces" and "logs".
        machine: Texts of this machine (folders, ports) and what stands for them; a bare number only as a whole value.
        has_clock: Whether the times are good for more than to tell the order of siblings.
    """
    whole = {signal: merged(requests, signal) for signal, requests in signals.items() if requests}
    spans = list(items(whole.get("traces", {}), "traces"))
    if not has_clock:
        set_times(spans)
    texts = [text for request in whole.values() for text in _texts(request)]
    times = StableTimes((int(time) for request in whole.values() for time in _times(request)), texts)
    parents = {span["spanId"]: span.get("parentSpanId", "") for span in spans}

    def place(item: Json) -> tuple[int, int]:
        return _time(item), _depth(item.get("spanId", ""), parents)

    for signal, request in whole.items():
        sort(request, signal, place)
    ids = StableIds(sorted(spans, key=place))

    def stable(text: str) -> str:
        text = machine.get(text, text)
        for real, replacement in machine.items():
            text = text if real.isdigit() else text.replace(real, replacement)
        return measured.settled(times.text(ids.text(text)))

    return {signal: _rewritten(request, stable, ids, times) for signal, request in whole.items()}


def _depth(span_id: str, parents: Mapping[str, str]) -> int:
    return 1 + _depth(parents[span_id], parents) if span_id in parents else 0


def _time(item: Json) -> int:
    return int(item.get("startTimeUnixNano") or item.get("timeUnixNano") or item.get("observedTimeUnixNano") or 0)


def _children(value: Any) -> Iterator[Any]:
    yield from value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for item in _children(value):
        yield from _texts(item)


def _times(value: Any) -> Iterator[int]:
    if isinstance(value, dict):
        yield from (int(item) for key, item in value.items() if key in TIMES)
    for item in _children(value):
        yield from _times(item)


def _rewritten(value: Any, stable: Callable[[str], str], ids: StableIds, times: StableTimes) -> Any:
    if isinstance(value, list):
        return [_rewritten(item, stable, ids, times) for item in value]
    if not isinstance(value, dict):
        return stable(value) if isinstance(value, str) else value
    if value.get("key") in measured.ATTRIBUTES:
        [kind] = value["value"]
        return {"key": value["key"], "value": {kind: "1" if kind in {"intValue", "stringValue"} else 1.0}}
    rewritten: Json = {}
    for key, item in value.items():
        if key in TIMES:
            rewritten[key] = str(times.field(int(item)))
        elif key in IDS:
            rewritten[key] = ids.field(item)
        else:
            rewritten[key] = _rewritten(item, stable, ids, times)
    return rewritten
