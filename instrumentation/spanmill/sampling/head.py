"""The sampler: decides, where a trace begins, whether it is of the share that is sent."""

import time
from collections.abc import Callable, Sequence
from types import MappingProxyType

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import Link, SpanKind, TraceState
from opentelemetry.util.types import Attributes

from spanmill._guard import Guard
from spanmill._session import SESSION_ID, said
from spanmill.sampling import threshold
from spanmill.sampling.share import Sampling


class HeadSampler(Sampler):
    """
    Samples by the share, and follows whoever called.

    What is not of the share is recorded all the same where a rule may keep it: `Sieve` decides at its end.

    Attributes:
        sampling: What it was told.
    """

    def __init__(self, sampling: Sampling, guard: Guard, clock: Callable[[], float] = time.time) -> None:
        self.sampling = sampling
        self._guard = guard
        self._clock = clock
        self._threshold = threshold.of_ratio(sampling.ratio)
        self._left_out = Decision.RECORD_ONLY if sampling.has_rules else Decision.DROP
        released_at = sampling.released_at
        is_watched = released_at is not None and sampling.keeps("releases")
        self._released_s = released_at.timestamp() if released_at is not None and is_watched else None

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """Decide about a span that begins; where that fails, it is recorded."""
        del name, kind, links, trace_state
        try:
            parent = trace.get_current_span(parent_context).get_span_context()
            if parent.is_valid:
                is_sampled, state = parent.trace_flags.sampled, parent.trace_state
            else:
                is_sampled, state = self._begin(parent_context, trace_id)
            return SamplingResult(Decision.RECORD_AND_SAMPLE if is_sampled else self._left_out, attributes, state)
        except Exception as error:
            self._guard.report("sample a trace", error)
        return SamplingResult(Decision.RECORD_AND_SAMPLE, attributes or MappingProxyType({}))

    def get_description(self) -> str:
        """Return what the SDK shows of it."""
        return f"spanmill.HeadSampler({self.sampling.ratio})"

    def _begin(self, context: Context | None, trace_id: int) -> tuple[bool, TraceState]:
        session_id = said(context).get(SESSION_ID)
        told = threshold.of_session(session_id) if isinstance(session_id, str) else None
        below = threshold.ALL if self._is_new() else self._threshold
        is_sampled = (threshold.of_trace(trace_id) if told is None else told) >= below
        return is_sampled, threshold.entry(below if is_sampled else None, told)

    def _is_new(self) -> bool:
        """Whether the version that runs was released a short time ago."""
        if self._released_s is None:
            return False
        return 0 <= self._clock() - self._released_s < self.sampling.release_s
