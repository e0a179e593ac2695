"""The time and the ids of a capture, the same at every run."""

import itertools
from datetime import UTC, datetime
from typing import Final

from opentelemetry.sdk.trace.id_generator import IdGenerator

_NS_PER_S: Final = 1_000_000_000


class FixedClock:
    """Begins at a moment and advances by *step_s* seconds with each reading."""

    def __init__(self, start: str, step_s: float) -> None:
        self._readings = itertools.count(_nanoseconds(start), round(step_s * _NS_PER_S))

    def __call__(self) -> int:
        """Return nanoseconds since 1970."""
        return next(self._readings)


class CountingIds(IdGenerator):
    """Traces and spans are numbered 1, 2, 3 …, each by themselves."""

    def __init__(self) -> None:
        self._traces = itertools.count(1)
        self._spans = itertools.count(1)

    def generate_trace_id(self) -> int:
        """Return the next trace's."""
        return next(self._traces)

    def generate_span_id(self) -> int:
        """Return the next span's."""
        return next(self._spans)


def _nanoseconds(moment: str) -> int:
    try:
        parsed = datetime.fromisoformat(moment)
    except ValueError as error:
        raise ValueError(f"clock {moment!r} is no moment: write it like 2026-01-01T00:00:00Z") from error
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=UTC)
    return int(parsed.timestamp()) * _NS_PER_S + parsed.microsecond * 1000
