# /// script
# dependencies = [
#   "anthropic==2.14.0",
#   "openinference-instrumentation-anthropic==3.1.0",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""OpenInference's instrumentation of `anthropic`."""

from anthropic import Anthropic
from anthropic_chat import converse, stream
from conversation import SESSION, TAGS, USER
from openinference.instrumentation import using_attributes
from openinference.instrumentation.anthropic import AnthropicInstrumentor
from tracing import tracing

provider = tracing()
AnthropicInstrumentor().instrument(tracer_provider=provider)
client = Anthropic()
with using_attributes(session_id=SESSION, user_id=USER, tags=TAGS):
    converse(client)
    stream(client)
