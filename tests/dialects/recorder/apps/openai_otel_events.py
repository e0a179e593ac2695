# /// script
# dependencies = [
#   "openai==2.54.0",
#   "opentelemetry-instrumentation-openai-v2==2.4b0",
#   "opentelemetry-util-genai==0.4b0",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# [tool.recorder]
# OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT = "true"
# ///
"""OpenTelemetry's earlier instrumentation of `openai` with its defaults: content as one log event for each message."""

from conversation import EMBEDDING_MODEL, QUESTION
from logging_events import logging_events
from openai import OpenAI
from openai_chat import converse, stream
from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor
from tracing import tracing

provider = tracing()
logging_events()
OpenAIInstrumentor().instrument()
client = OpenAI()
with provider.get_tracer("support_bot").start_as_current_span("support request"):
    converse(client)
    stream(client)
    client.embeddings.create(model=EMBEDDING_MODEL, input=QUESTION)
