# /// script
# dependencies = [
#   "openai==3.57.0",
#   "opentelemetry-instrumentation-genai-openai==1.3b0",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# [tool.recorder]
# OTEL_SEMCONV_STABILITY_OPT_IN = "gen_ai_latest_experimental"
# OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT = "span_only"
# ///
"""OpenTelemetry's own instrumentation of `openai`, where the API refuses."""

from openai import OpenAI
from openai_chat import refused
from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
from tracing import tracing

tracing()
OpenAIInstrumentor().instrument()
refused(OpenAI())
