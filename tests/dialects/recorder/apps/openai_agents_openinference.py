# /// script
# dependencies = [
#   "openai-agents==0.24.0",
#   "openinference-instrumentation-openai-agents==2.6.0",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""OpenInference's instrumentation of OpenAI's Agents SDK."""

from agents import Agent, Runner, function_tool, trace
from conversation import MODEL, QUESTION, SESSION, SYSTEM, TAGS, USER
from conversation import order_lookup as look_up
from openinference.instrumentation import using_attributes
from openinference.instrumentation.openai_agents import OpenAIAgentsInstrumentor
from tracing import tracing

OpenAIAgentsInstrumentor().instrument(tracer_provider=tracing())


@function_tool
def order_lookup(order: str) -> str:
    """Finds an order."""
    return look_up(order)


agent = Agent(name="support_agent", instructions=SYSTEM, tools=[order_lookup], model=MODEL)
with using_attributes(session_id=SESSION, user_id=USER, tags=TAGS), trace("support", group_id=SESSION):
    Runner.run_sync(agent, QUESTION)
