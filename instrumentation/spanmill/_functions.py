"""
Functions of a cloud, which stand still from the moment they have answered until they are called again, or for ever.

A thread that sends later gets no time there, so what a call has recorded is sent before its outermost span has ended.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Final

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor

from spanmill._guard import Guard
from spanmill._outbox import THREAD

LAMBDA: Final = "AWS_LAMBDA_FUNCTION_NAME"
"""Set by AWS Lambda, and by nobody else."""


def is_frozen_between_calls(environment: Mapping[str, str]) -> bool:
    """Whether this process gets no time once a call was answered."""
    return bool(environment.get(LAMBDA))


class CallEnd(SpanProcessor):
    """Calls *flush* with *timeout_s* when a span ends that has no other of this process above it."""

    def __init__(self, flush: Callable[[float], object], timeout_s: float, guard: Guard) -> None:
        self._flush = flush
        self._timeout_s = timeout_s
        self._guard = guard

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Do nothing."""

    def on_end(self, span: ReadableSpan) -> None:
        """Send what the call that *span* stands for has recorded."""
        try:
            is_outermost = span.parent is None or span.parent.is_remote
            if is_outermost and threading.current_thread().name != THREAD:  # which would wait for itself
                self._flush(self._timeout_s)
        except Exception as error:
            self._guard.report("flush at the end of a call", error)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:  # noqa: ARG002 - see SpanProcessor
        """Do nothing, and say that it is done: the one that is inherited says it is not."""
        return True
