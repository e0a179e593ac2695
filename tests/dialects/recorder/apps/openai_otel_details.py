# /// script
# dependencies = [
#   "openai==3.57.0",
#   "opentelemetry-instrumentation-genai-openai==1.3b0",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# [tool.recorder]
# OTEL_SEMCONV_STABILITY_OPT_IN = "gen_ai_latest_experimental"
# OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT = "event_only"
# ///
"""The same with content in the newer log event, one for each call to the model."""

from conversation import EMBEDDING_MODEL, MODEL, QUESTION, SYSTEM
from logging_events import logging_events
from openai import OpenAI
from openai_chat import converse, stream
from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
from tracing import tracing

provider = tracing()
logging_events()
OpenAIInstrumentor().instrument()
client = OpenAI()
with provider.get_tracer("support_bot").start_as_current_span("support request"):
    converse(client)
    stream(client)
    client.embeddings.create(model=EMBEDDING_MODEL, input=QUESTION)
    client.responses.create(model=MODEL, instructions=SYSTEM, input=QUESTION)
