"""
Spans of the application's own steps: begun, given their input and output, and ended, whatever fails.

What the host's code does is never run in here, and what fails in here never reaches it (`spanmill._guard`).
"""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal

from spanmill._guard import Guard

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span, Tracer

Kind = Literal["chain", "agent", "tool", "retriever", "llm", "embedding", "guardrail"]
"""What a step is; the names are those of OpenInference, which the store knows."""

MAX_CONTENT_CHARS: Final = 100_000
CUT: Final = "… [cut by spanmill]"
"""What is longer is cut, and says so."""

_INT64: Final = range(-(2**63), 2**63)


def text_of(value: object) -> str:
    """
    Return *value* as a span shows it: texts as they are, all else as JSON, what JSON cannot say by its ``repr``.

    Half a character, which UTF-8 cannot say, becomes a question mark: the exporter would lose all spans beside it.
    """
    text = value if isinstance(value, str) else _json(value)
    if len(text) > MAX_CONTENT_CHARS:
        text = text[: MAX_CONTENT_CHARS - len(CUT)] + CUT
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _json(value: object) -> str:
    try:
        return _ENCODER.encode(value)
    except (TypeError, ValueError):  # keys that are no texts, or a value that holds itself
        return repr(value)


def _said(value: object) -> object:
    dumped = getattr(value, "model_dump", None)
    return dumped(mode="json") if callable(dumped) and not isinstance(value, type) else repr(value)


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, default=_said)


class Step:
    """A step that is being recorded, as `spanmill.span` gives it."""

    def __init__(self, guard: Guard, span: "Span | None", *, is_content_captured: bool) -> None:
        self._guard = guard
        self._span = span
        self._is_content_captured = is_content_captured

    @property
    def shows_content(self) -> bool:
        """Whether anybody will see what goes in and comes out."""
        try:
            return self._is_content_captured and self._span is not None and self._span.is_recording()
        except Exception as error:
            self._guard.report("ask a span", error)
        return False

    def set(self, **attributes: object) -> None:
        """Add attributes; what is neither text, number nor truth value is written as JSON."""
        self.set_attributes(attributes)

    def set_attributes(self, attributes: Mapping[str, object]) -> None:
        """Add attributes whose names are no Python names."""
        try:
            if self._span is not None:
                self._span.set_attributes({name: _attribute(value) for name, value in attributes.items()})
        except Exception as error:
            self._guard.report("set attributes", error)

    def set_input(self, value: object) -> None:
        """Record what went in, where content is captured."""
        try:
            self._set_content("input.value", value)
        except Exception as error:
            self._guard.report("record content", error)

    def set_output(self, value: object) -> None:
        """Record what came out, where content is captured."""
        try:
            self._set_content("output.value", value)
        except Exception as error:
            self._guard.report("record content", error)

    def fail(self, error: BaseException) -> None:
        """Record that the step failed; `spanmill.span` does that by itself for what its block raises."""
        with self._guard.attempt("record an error"):
            if self._span is not None:
                from opentelemetry.trace import StatusCode  # noqa: PLC0415 - loaded with the first span

                self._span.record_exception(error)
                self._span.set_attribute("error.type", type(error).__qualname__)
                self._span.set_status(StatusCode.ERROR, f"{type(error).__name__}: {error}")

    def end(self) -> None:
        """End it."""
        try:
            if self._span is not None:
                self._span.end()
        except Exception as error:
            self._guard.report("end a span", error)

    def _set_content(self, name: str, value: object) -> None:
        if self._is_content_captured and self._span is not None and self._span.is_recording():
            self._span.set_attribute(name, text_of(value))


class Current:
    """Makes a step's span the current one during a block; *runtime* is ``opentelemetry.context``."""

    def __init__(self, guard: Guard, context: "Context | None", runtime: Any = None) -> None:
        self._guard = guard
        self._context = context
        self._runtime = runtime
        self._token: Any = None

    def __enter__(self) -> None:
        try:
            if self._context is not None:
                self._token = self._runtime.attach(self._context)
        except Exception as error:
            self._guard.report("enter a span", error)

    def __exit__(self, *_: object) -> None:
        try:
            if self._token is not None:
                self._runtime.detach(self._token)
        except Exception as error:
            self._guard.report("leave a span", error)


class Recorder:
    """
    Begins steps.

    Attributes:
        is_content_captured: Asked at each step.
        silent: A step that records nothing, for when one cannot be begun.
        carried: What services that are called are told instead of a value, by its key; None for nothing.
    """

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self._trace: Any = None
        self._runtime: Any = None
        self._tracer: Tracer | None = None
        self.is_content_captured = True
        self.silent = Step(guard, None, is_content_captured=False), Current(guard, None)
        self.carried: Callable[[str, str], str | None] = lambda _, value: value

    def begin(self, name: str, kind: Kind, attributes: Mapping[str, object] | None = None) -> tuple[Step, Current]:
        """Begin a step below the current span; one that cannot be begun is silent."""
        try:
            if self._trace is None:
                self._load()
            tracer = self._tracer or self._trace.get_tracer("spanmill")
            self._tracer = tracer
            given: dict[str, str | bool | int | float] = {"openinference.span.kind": kind.upper()}
            if attributes:
                given |= {name: _attribute(value) for name, value in attributes.items()}
            span = tracer.start_span(name, attributes=given)
            step = Step(self.guard, span, is_content_captured=self.is_content_captured)
            return step, Current(self.guard, self._trace.set_span_in_context(span), self._runtime)
        except Exception as error:
            self.guard.report("begin a span", error)
        return self.silent

    def _load(self) -> None:
        """Import OpenTelemetry, which a host that never records a step need not."""
        from opentelemetry import context, trace  # noqa: PLC0415 - see above

        self._trace, self._runtime = trace, context


def _attribute(value: object) -> str | bool | int | float:
    if isinstance(value, bool | float) or (isinstance(value, int) and value in _INT64):
        return value
    return text_of(value)
