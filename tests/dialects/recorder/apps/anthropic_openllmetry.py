# /// script
# dependencies = [
#   "anthropic==2.14.0",
#   "opentelemetry-instrumentation-anthropic==0.62.4",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""OpenLLMetry's instrumentation of `anthropic`."""

from anthropic import Anthropic
from anthropic_chat import converse, stream
from opentelemetry.instrumentation.anthropic import AnthropicInstrumentor
from tracing import tracing

provider = tracing()
AnthropicInstrumentor().instrument()
client = Anthropic()
with provider.get_tracer("support_bot").start_as_current_span("support request"):
    converse(client)
    stream(client)
