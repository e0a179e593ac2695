"""Times become milliseconds after a fixed instant, by rank: order, nesting and simultaneity stay, durations do not."""

import datetime as dt
import re
from collections.abc import Iterable
from typing import Final

START: Final = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
STEP_NS: Final = 1_000_000

INSTANT: Final = re.compile(
    r"\b(?P<day>20\d\d-\d\d-\d\d)(?P<between>[T ])(?P<time>\d\d:\d\d:\d\d)(?P<fraction>\.\d{1,9})?"
    r"(?P<zone>Z|[+-]\d\d:?\d\d)?"
)
"""An instant as libraries write it into attributes."""

EPOCH: Final = re.compile(r"(?<![\w.-])(?P<seconds>\d{10})(?P<fraction>\d{3}|\.\d+)?(?![\w.-])")
"""The same as a number: seconds since 1970, with a fraction or as milliseconds."""


class StableTimes:
    """
    Gives each time its stable one.

    Args:
        times: All times of the recording, in nanoseconds.
        texts: All texts of the recording, for the instants in them.
    """

    def __init__(self, times: Iterable[int], texts: Iterable[str]) -> None:
        found = set(times)
        recorded = (min(found), max(found)) if found else (0, 0)
        near = {
            instant for text in texts for instant in map(_read, INSTANT.finditer(text)) if _is_near(instant, recorded)
        }
        start = int(START.timestamp()) * 1_000_000_000
        self._recorded = recorded
        self._stable = {time: start + rank * STEP_NS for rank, time in enumerate(sorted(found | near))}

    def field(self, time: int) -> int:
        """The stable time for one in a field of its own."""
        return self._stable.get(time, time)

    def text(self, value: str) -> str:
        """*value* with the instants in it replaced, those that are not of this recording left alone."""
        return EPOCH.sub(self._replaced_number, INSTANT.sub(self._replaced, value))

    def _replaced_number(self, found: re.Match[str]) -> str:
        """An instant as a number becomes the start: which one of them it is would differ with the rounding."""
        if not _is_near(int(found["seconds"]) * 1_000_000_000, self._recorded):
            return found[0]
        fraction = found["fraction"] or ""
        return f"{int(START.timestamp())}{'.0' if fraction.startswith('.') else '000' if fraction else ''}"

    def _replaced(self, found: re.Match[str]) -> str:
        stable = self._stable.get(_read(found))
        if stable is None:
            return found[0]
        digits = len(found["fraction"] or ".") - 1
        moment = START + dt.timedelta(microseconds=stable // 1000 - int(START.timestamp()) * 1_000_000)
        fraction = f".{moment.microsecond:06d}000"[: digits + 1] if digits else ""
        return f"{moment:%Y-%m-%d}{found['between']}{moment:%H:%M:%S}{fraction}{found['zone'] or ''}"


def _read(found: re.Match[str]) -> int:
    zone = found["zone"] or "Z"
    fraction = (found["fraction"] or ".0")[1:].ljust(9, "0")
    moment = dt.datetime.fromisoformat(f"{found['day']}T{found['time']}{zone}")
    return int(moment.timestamp()) * 1_000_000_000 + int(fraction)


def _is_near(instant: int, recorded: tuple[int, int]) -> bool:
    return recorded[0] - 60_000_000_000 <= instant <= recorded[1] + 60_000_000_000
