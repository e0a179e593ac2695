# /// script
# dependencies = [
#   "openai==3.57.0",
#   "openinference-instrumentation-openai==0.1.66",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""OpenInference's instrumentation of `openai`, as Phoenix and Arize have it: with session, user, tags, metadata."""

from conversation import EMBEDDING_MODEL, MODEL, QUESTION, SESSION, SYSTEM, TAGS, USER
from openai import OpenAI
from openai_chat import converse, stream
from openinference.instrumentation import using_attributes
from openinference.instrumentation.openai import OpenAIInstrumentor
from tracing import tracing

provider = tracing()
OpenAIInstrumentor().instrument(tracer_provider=provider)
client = OpenAI()
with using_attributes(
    session_id=SESSION,
    user_id=USER,
    tags=TAGS,
    metadata={"plan": "gold"},
    prompt_template="Where is my order {order}?",
    prompt_template_version="v1",
    prompt_template_variables={"order": "KC-7"},
):
    converse(client)
    stream(client)
    client.embeddings.create(model=EMBEDDING_MODEL, input=QUESTION)
    client.responses.create(model=MODEL, instructions=SYSTEM, input=QUESTION)
