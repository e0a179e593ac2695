# /// script
# dependencies = [
#   "openai==3.57.0",
#   "mlflow==3.17.2",
#   "opentelemetry-exporter-otlp-proto-http==1.39.1",
# ]
# [tool.recorder]
# MLFLOW_ENABLE_OTEL_GENAI_SEMCONV = "true"
# OTEL_EXPORTER_OTLP_TRACES_ENDPOINT = "{receiver}/v1/traces"
# OTEL_EXPORTER_OTLP_TRACES_PROTOCOL = "http/protobuf"
# ///
"""MLflow as before, translated to the names of OpenTelemetry as its own setting has it."""

import mlflow
from conversation import EMBEDDING_MODEL, MODEL, QUESTION, SESSION, SYSTEM, USER
from conversation import order_lookup as look_up
from mlflow.entities import SpanType
from openai import OpenAI
from openai_chat import converse, stream

mlflow.openai.autolog()


@mlflow.trace(span_type=SpanType.TOOL)
def order_lookup(order: str) -> str:
    """Find an order."""
    return look_up(order)


@mlflow.trace(name="support", span_type=SpanType.AGENT)
def support(question: str) -> str:
    """Serve a customer."""
    mlflow.update_current_trace(tags={"plan": "gold"}, session_id=SESSION, user=USER)
    client = OpenAI()
    order_lookup("KC-7")
    stream(client)
    client.embeddings.create(model=EMBEDDING_MODEL, input=question)
    client.responses.create(model=MODEL, instructions=SYSTEM, input=question)
    return converse(client)


support(QUESTION)
mlflow.flush_trace_async_logging()
