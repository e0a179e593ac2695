# /// script
# dependencies = [
#   "smolagents[openai]==1.26.0",
#   "openinference-instrumentation-smolagents==0.1.43",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""OpenInference's instrumentation of smolagents."""

import os

from conversation import MODEL, QUESTION, SESSION, USER
from conversation import order_lookup as look_up
from openinference.instrumentation import using_attributes
from openinference.instrumentation.smolagents import SmolagentsInstrumentor
from smolagents import OpenAIServerModel, ToolCallingAgent, tool
from tracing import tracing

SmolagentsInstrumentor().instrument(tracer_provider=tracing())


@tool
def order_lookup(order: str) -> str:
    """Finds an order.

    Args:
        order: Its number.
    """
    return look_up(order)


model = OpenAIServerModel(MODEL, api_base=os.environ["OPENAI_BASE_URL"], api_key="none")
agent = ToolCallingAgent(
    tools=[order_lookup], model=model, name="support_agent", description="Serves.", verbosity_level=0
)
with using_attributes(session_id=SESSION, user_id=USER):
    agent.run(QUESTION)
