"""
What waits until it is known whether its trace is sent.

All spans of a trace wait, those that are of the share as well: only when the last of this process has ended is it known
whether a rule keeps them, and with it the probability that they tell. A decision that has to come sooner, for want of
room or of time, is the same for both kinds, so that averages stay true.
"""

import os
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.trace import StatusCode

from spanmill._guard import Guard
from spanmill._processors import SpanSender, span_bytes
from spanmill._waiting import Limits
from spanmill.masking.copies import MaskedSpan
from spanmill.sampling import threshold
from spanmill.sampling.share import Sampling

MAX_RUNNING_S: Final = 300.0
"""A trace that runs for longer is decided about as it stands, and anew each time: people want to see it meanwhile."""

MAX_REMEMBERED: Final = 10_000
"""Traces that were kept by a rule, whose later spans are kept, too."""

INTERVAL_S: Final = 0.5


@dataclass(slots=True)
class Part:
    """
    The spans of a trace in this process.

    Attributes:
        running: How many have not ended.
        is_kept: Whether a rule keeps it.
        is_over_s: When the last one ended, by the monotonic clock; None while one runs.
    """

    began_s: float
    is_kept: bool
    running: int = 0
    is_over_s: float | None = None
    bytes: int = 0
    spans: list[ReadableSpan] = field(default_factory=list)


class Sieve(SpanProcessor):
    """Hands the spans of a trace to *senders* when it is known that they are to be sent."""

    def __init__(
        self,
        senders: Sequence[SpanSender],
        sampling: Sampling,
        limits: Limits,
        guard: Guard,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._senders = senders
        self._sampling = sampling
        # Half of what may wait to be sent, for all of it may have to be sent at once.
        self._max_spans, self._max_bytes = limits.max_items // 2, limits.max_bytes // 2
        self._guard = guard
        self._clock = clock
        self._start_anew()
        if hasattr(os, "register_at_fork"):
            start_anew = weakref.WeakMethod(self._start_anew)
            os.register_at_fork(after_in_child=lambda: (method := start_anew()) and method())

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:  # noqa: ARG002 - see SpanProcessor
        """Wait for *span*."""
        try:
            if span.context is not None:
                with self._lock:
                    part = self._part(span.context.trace_id)
                    part.running += 1
                    part.is_over_s = None
        except Exception as error:
            self._guard.report("wait for a span", error)

    def on_end(self, span: ReadableSpan) -> None:
        """Hold *span*, or let it go with all others of its trace."""
        try:
            if span.context is not None:
                is_kept = self._is_kept(span)
                with self._lock:
                    self._hold(span.context.trace_id, span, is_kept=is_kept)
                self._relieve()
        except Exception as error:
            self._guard.report("hold a span", error)

    def keep(self, trace_id: int) -> None:
        """Keep a trace, because somebody gave feedback on it; one that was decided about is what it is."""
        if self._sampling.keeps("feedback"):
            with self._lock:
                part = self._parts.get(trace_id)
                if part is not None:
                    part.is_kept = True

    def let_go(self, *, is_end: bool) -> None:
        """Decide about all that has ended, without waiting for feedback; at the process's *end* about all there is."""
        self._decide(lambda part: is_end or not part.running)

    def decide_due(self) -> None:
        """Decide about what has waited, or run, for long enough."""
        now_s = self._clock()
        self._decide(lambda part: self._is_due(part, now_s))

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Let go what has ended, and send it."""
        with self._guard.attempt("let go what was held"):
            self.let_go(is_end=False)
        are_flushed = [sender.force_flush(timeout_millis) for sender in self._senders]
        return all(are_flushed)

    def shutdown(self) -> None:
        """Let go all there is, and send it."""
        with self._guard.attempt("let go what was held"):
            self.let_go(is_end=True)
        for sender in self._senders:
            sender.shutdown()

    def _start_anew(self) -> None:
        # Reentrant, because a span may end wherever Python collects garbage: in here, too.
        self._lock = threading.RLock()
        self._parts: dict[int, Part] = {}  # in the order in which they began
        self._remembered: OrderedDict[int, None] = OrderedDict()
        self._spans = 0
        self._bytes = 0
        self._thread: threading.Thread | None = None

    def _part(self, trace_id: int) -> Part:
        part = self._parts.get(trace_id)
        if part is None:
            part = self._parts[trace_id] = Part(self._clock(), trace_id in self._remembered)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="spanmill-sieve", daemon=True)
                self._thread.start()
        return part

    def _is_kept(self, span: ReadableSpan) -> bool:
        """Whether a rule keeps the trace of *span*; the application's own rule may fail."""
        if self._sampling.keeps("errors") and span.status.status_code is StatusCode.ERROR:
            return True
        keep_if = self._sampling.keep_if
        with self._guard.attempt("ask keep_if"):
            return keep_if is not None and bool(keep_if(span))
        return False

    def _hold(self, trace_id: int, span: ReadableSpan, *, is_kept: bool) -> None:
        part = self._part(trace_id)
        size = span_bytes(span)
        part.spans.append(span)
        part.bytes += size
        part.is_kept = part.is_kept or is_kept
        part.running = max(0, part.running - 1)  # one that began before a fork, or a decision, is not counted
        part.is_over_s = None if part.running else self._clock()
        self._spans += 1
        self._bytes += size

    def _relieve(self) -> None:
        """Decide about the oldest while there is too much."""
        while self._spans > self._max_spans or self._bytes > self._max_bytes:
            with self._lock:
                oldest = next(iter(self._parts), None)
                part = None if oldest is None else self._taken(oldest)
            if part is None:
                return
            self._send(part)

    def _decide(self, is_asked: Callable[[Part], bool]) -> None:
        with self._lock:
            taken = [self._taken(trace_id) for trace_id, part in list(self._parts.items()) if is_asked(part)]
        for part in taken:  # without the lock: who ends a span does not wait for the whole of a long trace
            if part is not None:
                self._send(part)

    def _taken(self, trace_id: int) -> Part | None:
        """Take a part away; what of it still runs begins a new one when it ends."""
        part = self._parts.pop(trace_id, None)
        if part is not None:
            self._spans -= len(part.spans)
            self._bytes -= part.bytes
            if part.is_kept:
                self._remember(trace_id)
        return part

    def _remember(self, trace_id: int) -> None:
        self._remembered[trace_id] = None
        self._remembered.move_to_end(trace_id)
        if len(self._remembered) > MAX_REMEMBERED:
            self._remembered.popitem(last=False)

    def _send(self, part: Part) -> None:
        """Hand *part* on, if it is of the share or kept; the senders leave out what is not sampled."""
        for span in part.spans:
            is_kept = part.is_kept and span.context is not None
            sent = MaskedSpan(span, context=threshold.kept(span.context)) if is_kept else span
            for sender in self._senders:
                sender.on_end(sent)

    def _is_due(self, part: Part, now_s: float) -> bool:
        has_waited = part.is_over_s is not None and now_s - part.is_over_s >= self._sampling.waits_s
        return has_waited or now_s - part.began_s >= MAX_RUNNING_S

    def _work(self) -> None:
        while True:
            time.sleep(INTERVAL_S)
            with self._guard.attempt("decide about what is held"):
                self.decide_due()
