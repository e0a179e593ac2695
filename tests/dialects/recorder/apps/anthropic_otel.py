# /// script
# dependencies = [
#   "anthropic==2.14.0",
#   "opentelemetry-instrumentation-genai-anthropic==1.3b0",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# [tool.recorder]
# OTEL_SEMCONV_STABILITY_OPT_IN = "gen_ai_latest_experimental"
# OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT = "span_only"
# ///
"""OpenTelemetry's own instrumentation of `anthropic`, content in attributes."""

from anthropic import Anthropic
from anthropic_chat import converse, stream
from opentelemetry.instrumentation.genai.anthropic import AnthropicInstrumentor
from tracing import tracing

provider = tracing()
AnthropicInstrumentor().instrument()
client = Anthropic()
with provider.get_tracer("support_bot").start_as_current_span("support request"):
    converse(client)
    stream(client)
