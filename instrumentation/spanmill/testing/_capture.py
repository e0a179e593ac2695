"""Captures spans and scores of a block."""

import contextlib
from collections.abc import Iterator
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider, sampling
from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator

from spanmill import _shim
from spanmill._session import SessionProcessor
from spanmill.testing._captured import Captured
from spanmill.testing._clock import CountingIds, FixedClock
from spanmill.testing._instruments import switched_on
from spanmill.testing._records import Records
from spanmill.testing._redirection import Redirection
from spanmill.testing._scores import ScoreLog

CLOCK: Final = "2026-01-01T00:00:00Z"

# What is replaced is replaced for the process.
_redirection: Final = Redirection()


class _Provider(TracerProvider):
    """Records every span, whatever the environment says of sampling, and where OpenTelemetry is disabled as well."""

    def __init__(self, ids: IdGenerator) -> None:
        super().__init__(
            sampler=sampling.ALWAYS_ON, resource=Resource.get_empty(), shutdown_on_exit=False, id_generator=ids
        )
        self._disabled = False  # by OTEL_SDK_DISABLED, which is common where tests run, and means: send nothing


class _Place:
    """Where the spans of a capture begin."""

    def __init__(self, records: Records, ids: IdGenerator) -> None:
        provider = _Provider(ids)
        provider.add_span_processor(SessionProcessor(_shim.guard))
        provider.add_span_processor(records)
        self._records = records
        self.tracer = provider.get_tracer("spanmill.testing")

    def within(self, context: Context | None) -> Context | None:
        """Return *context* without a span from outside, but with one that another service has sent."""
        above = trace.get_current_span(context).get_span_context()
        if not above.is_valid or above.is_remote or self._records.has(above):
            return context
        return trace.set_span_in_context(trace.INVALID_SPAN, context)


@contextlib.contextmanager
def capture(
    *, clock: str | None = CLOCK, step_s: float = 1.0, counting_ids: bool = True, instrument: bool = False
) -> Iterator[Captured]:
    """
    Record, in memory, all spans and scores that any code of the process makes while the block runs.

    Those of `spanmill.observe` and `spanmill.span`, of instrumentors that are switched on, and of plain OpenTelemetry;
    in all threads and tasks; whether `spanmill.init` was called or not. Nothing of it is sent. Spans that were begun
    before the block stay what they were, and are no parents of those in it. Blocks may lie in each other: the inner
    one records. Afterwards everything is as it was, and `Captured` can still be read.

    Args:
        clock: Moment at which the time of spans begins; each begin and end of a span then takes one step, so that
            durations are the same at every run. The application's own clocks go on as ever. None: real time.
        step_s: How far that clock advances with each reading, in seconds.
        counting_ids: Whether traces and spans are numbered 1, 2, 3 …, instead of at random.
        instrument: Whether to switch on, for this block, the instrumentors that `spanmill.init` would; for code whose
            `init` or ``spanmill run`` lies outside of the test. The first time takes as long as they take to load.

    Raises:
        ValueError: *clock* is no moment.
    """
    records = Records(None if clock is None else FixedClock(clock, step_s))
    place = _Place(records, CountingIds() if counting_ids else RandomIdGenerator())
    score_log = ScoreLog()
    with switched_on() if instrument else contextlib.nullcontext():
        _redirection.enter(place)
        _shim.evaluations.captures.append(score_log)
        try:
            yield Captured(records, score_log)
        finally:
            _shim.evaluations.captures.remove(score_log)
            _redirection.leave(place)
