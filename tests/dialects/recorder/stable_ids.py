"""Random ids become numbers in the order in which they are met, the same id the same number wherever it stands."""

import re
from collections.abc import Iterable
from typing import Any, Final

Json = dict[str, Any]

UUID: Final = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
HEX: Final = re.compile(r"(?<![0-9a-zA-Z])(?:[0-9a-f]{32}|[0-9a-f]{16})(?![0-9a-zA-Z])")
PREFIXED: Final = re.compile(r"(?P<prefix>\b(?:speech|item)_)(?P<id>[0-9a-f]{12})")
"""Ids of LiveKit."""


class StableIds:
    """Gives each id its stable one."""

    def __init__(self, spans: Iterable[Json]) -> None:
        self._known: dict[str, str] = {}
        traces: dict[str, int] = {}
        for number, span in enumerate(spans, 1):
            trace = traces.setdefault(span["traceId"], len(traces) + 1)
            self._learn(span["traceId"], f"{trace:032x}")
            self._learn(span["spanId"], f"{number:016x}")
        self._met = 0

    def field(self, value: str) -> str:
        """The stable one for an id in a field of its own."""
        if value and value not in self._known:
            self._learn(value, self._next(len(value)))
        return self._known.get(value, value)

    def text(self, value: str) -> str:
        """*value* with the ids in it replaced."""
        value = UUID.sub(lambda found: self._replaced(found[0]), value)
        value = HEX.sub(lambda found: self._replaced(found[0]), value)
        return PREFIXED.sub(lambda found: found["prefix"] + self._replaced(found["id"]), value)

    def _replaced(self, found: str) -> str:
        if found.isdigit() or set(found) == {"0"}:
            return found
        if found not in self._known:
            self._known[found] = _like(found, self._next(32))
        return self._known[found]

    def _next(self, length: int) -> str:
        self._met += 1
        return f"{0xC0DE0000 + self._met:0{length}x}"

    def _learn(self, real: str, stable: str) -> None:
        self._known[real] = stable
        if len(real) == 32:
            self._known[_dashed(real)] = _dashed(stable)
        else:
            self._known[_dashed(real.zfill(32))] = _dashed(stable.zfill(32))


def _like(found: str, stable: str) -> str:
    return _dashed(stable) if "-" in found else stable[-len(found) :]


def _dashed(text: str) -> str:
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
