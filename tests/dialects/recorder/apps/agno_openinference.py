# /// script
# dependencies = [
#   "agno==3.1.10",
#   "openai==3.57.0",
#   "openinference-instrumentation-agno==1.0.15",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# [tool.recorder]
# AGNO_TELEMETRY = "false"
# ///
"""OpenInference's instrumentation of Agno."""

from agno.agent import Agent
from agno.models.openai import OpenAIChat
from conversation import MODEL, QUESTION, SESSION, SYSTEM, USER, order_lookup
from openinference.instrumentation.agno import AgnoInstrumentor
from tracing import tracing

AgnoInstrumentor().instrument(tracer_provider=tracing())
agent = Agent(
    name="support_agent", model=OpenAIChat(id=MODEL), instructions=SYSTEM, tools=[order_lookup], telemetry=False
)
agent.run(QUESTION, session_id=SESSION, user_id=USER)
