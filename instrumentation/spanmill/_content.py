"""
Whether prompts and answers are recorded: instrumentations read that from the environment when they are loaded.

What an application itself writes on its spans is its own affair and not touched here.
"""

from collections.abc import MutableMapping
from typing import Final

CAPTURE: Final = {
    "OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental",
    "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY",
}
"""OpenTelemetry records no content unless asked; the two others below record it unless forbidden."""

FORBID: Final = {
    "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "NO_CONTENT",
    "OPENINFERENCE_HIDE_INPUTS": "true",
    "OPENINFERENCE_HIDE_OUTPUTS": "true",
    "TRACELOOP_TRACE_CONTENT": "false",
}


def switch(environment: MutableMapping[str, str], *, is_captured: bool) -> None:
    """Ask for content where the user has said nothing about it, or forbid it whatever they said."""
    if not is_captured:
        environment.update(FORBID)
        return
    for name, value in CAPTURE.items():
        environment.setdefault(name, value)
