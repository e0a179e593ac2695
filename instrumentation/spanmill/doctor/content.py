"""Whether prompts and answers are recorded, and what says so."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from spanmill import _content
from spanmill._options import CAPTURE_CONTENT, Options

_MESSAGES = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
_OPT_IN = "OTEL_SEMCONV_STABILITY_OPT_IN"


@dataclass(frozen=True, slots=True)
class Content:
    """
    What is recorded of content.

    Attributes:
        is_captured: Whether spanmill asks for it.
        because: Why.
        exceptions: Whose is not recorded all the same, and why.
    """

    is_captured: bool
    because: str
    exceptions: tuple[str, ...]


def content(environment: Mapping[str, str]) -> Content:
    """Return what `spanmill.init` without arguments would do in *environment*."""
    captured = Options().capture(environment)
    if not captured.is_on:
        return Content(False, f"{CAPTURE_CONTENT} is {environment.get(CAPTURE_CONTENT, '')!r}", ())
    switched = dict(environment)
    _content.switch(switched, is_captured=True)
    said = f"{CAPTURE_CONTENT} is {environment[CAPTURE_CONTENT]!r}" if CAPTURE_CONTENT in environment else "by default"
    return Content(True, said, tuple(_exceptions(switched)))


def _exceptions(switched: Mapping[str, str]) -> Iterator[str]:
    mode = switched.get(_MESSAGES, "").strip().upper()
    if mode not in {"SPAN_ONLY", "SPAN_AND_EVENT", "TRUE"}:
        yield f"OpenTelemetry's instrumentors record none on spans: {_MESSAGES} is {mode!r}"
    elif "gen_ai_latest_experimental" not in switched.get(_OPT_IN, ""):
        yield f"OpenTelemetry's instrumentors record none on spans: {_OPT_IN} lacks 'gen_ai_latest_experimental'"
    for side in ("INPUTS", "OUTPUTS"):
        if switched.get(f"OPENINFERENCE_HIDE_{side}", "").strip().lower() == "true":
            yield f"OpenInference's instrumentors record no {side.lower()}: OPENINFERENCE_HIDE_{side} is 'true'"
    if switched.get("TRACELOOP_TRACE_CONTENT", "true").strip().lower() == "false":
        yield "OpenLLMetry's instrumentors record none: TRACELOOP_TRACE_CONTENT is 'false'"
