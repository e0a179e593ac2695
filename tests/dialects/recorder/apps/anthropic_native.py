# /// script
# dependencies = ["anthropic==2.14.0", "opentelemetry-exporter-otlp-proto-http==1.45.2"]
# [tool.recorder]
# ANTHROPIC_OPEN_TELEMETRY_TRACES_CONTENT_MODE = "content"
# ///
"""What Anthropic's own SDK sends where a program has OpenTelemetry and no instrumentation at all."""

from anthropic import Anthropic
from anthropic_chat import converse, stream
from tracing import tracing

provider = tracing()
with provider.get_tracer("support_bot").start_as_current_span("support request"):
    converse(Anthropic())
    stream(Anthropic())
