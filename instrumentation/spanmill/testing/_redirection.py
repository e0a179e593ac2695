"""
Begins spans elsewhere than the process would.

OpenTelemetry lets a process set its tracer provider once, and tracers are kept wherever instrumentors and modules put
them: with a provider of OpenTelemetry's or none, begun before or after. What all of them have in common is the method
that begins a span, so that this is what is replaced, on the classes, for as long as a capture lasts. No provider is set
or changed, and nothing remains to be restored but the methods.
"""

import functools
import threading
from collections.abc import Callable
from typing import Any, Final, Protocol

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import Tracer

Method = Callable[..., Any]

_BEGIN: Final[Method] = Tracer.start_span
_BEGIN_CURRENT: Final[Method] = Tracer.start_as_current_span
_ABSENT: Final = object()


class Destination(Protocol):
    """Where spans begin instead."""

    @property
    def tracer(self) -> trace.Tracer:
        """Of OpenTelemetry's SDK."""

    def within(self, context: Context | None) -> Context | None:
        """Return *context* without a current span that is none of this destination's."""


class Redirection:
    """Destinations in the order in which they were entered; the last one gets the spans of all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._destinations: list[Destination] = []
        self._replaced: list[tuple[type, str, object]] = []

    def enter(self, destination: Destination) -> None:
        """Begin all spans at *destination* from here on."""
        with self._lock:
            if not self._destinations:
                self._replace()
            self._destinations.append(destination)

    def leave(self, destination: Destination) -> None:
        """End what `enter` began; others may have been entered meanwhile."""
        with self._lock:
            self._destinations.remove(destination)
            if not self._destinations:
                self._restore()

    def _replace(self) -> None:
        self._set(Tracer, "start_span", self._elsewhere(_BEGIN))
        for kind in {trace.NoOpTracer, _foreign_tracer()} - {None}:
            # The SDK's method calls the other one, so that a decorator made in a capture outlives it.
            self._set(kind, "start_as_current_span", _BEGIN_CURRENT)
            self._set(kind, "start_span", self._elsewhere(kind.start_span))

    def _set(self, kind: type, name: str, method: Method) -> None:
        self._replaced.append((kind, name, vars(kind).get(name, _ABSENT)))
        setattr(kind, name, method)

    def _restore(self) -> None:
        while self._replaced:
            kind, name, method = self._replaced.pop()
            if method is _ABSENT:
                delattr(kind, name)
            else:
                setattr(kind, name, method)

    def _elsewhere(self, begin: Method) -> Method:
        @functools.wraps(begin)
        def start_span(tracer: Any, name: str, context: Context | None = None, *args: Any, **kwargs: Any) -> Any:
            destinations = self._destinations[-1:]
            if not destinations:  # another thread has just left the capture
                return begin(tracer, name, context, *args, **kwargs)
            return _BEGIN(destinations[0].tracer, name, destinations[0].within(context), *args, **kwargs)

        return start_span


def _foreign_tracer() -> Any:
    """The class of the process's tracers, where that is neither the SDK's nor one that leads to it."""
    kind = type(trace.get_tracer_provider().get_tracer("spanmill.testing"))
    return None if issubclass(kind, Tracer | trace.NoOpTracer | trace.ProxyTracer) else kind
