# /// script
# dependencies = [
#   "openai==1.99.9",
#   "opentelemetry-instrumentation-openai==0.40.14",
#   "opentelemetry-exporter-otlp-proto-http==1.37.0",
# ]
# ///
"""OpenLLMetry's instrumentation of `openai` as it was in 2025, with one attribute for each message."""

from conversation import EMBEDDING_MODEL, MODEL, QUESTION, SYSTEM
from openai import OpenAI
from openai_chat import converse, stream
from opentelemetry.instrumentation.openai import OpenAIInstrumentor
from tracing import tracing

provider = tracing()
OpenAIInstrumentor().instrument()
client = OpenAI()
with provider.get_tracer("support_bot").start_as_current_span("support request"):
    converse(client)
    stream(client)
    client.embeddings.create(model=EMBEDDING_MODEL, input=QUESTION)
    client.responses.create(model=MODEL, instructions=SYSTEM, input=QUESTION)
