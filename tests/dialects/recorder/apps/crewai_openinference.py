# /// script
# dependencies = [
#   "crewai==1.15.30",
#   "openinference-instrumentation-crewai==1.1.21",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# [tool.recorder]
# CREWAI_DISABLE_TELEMETRY = "true"
# CREWAI_TRACING_ENABLED = "false"
# ///
"""OpenInference's instrumentation of CrewAI."""

from conversation import QUESTION, SESSION, SYSTEM, USER
from conversation import order_lookup as look_up
from crewai import Agent, Crew, Task
from crewai.tools import tool
from openinference.instrumentation import using_attributes
from openinference.instrumentation.crewai import CrewAIInstrumentor
from tracing import tracing

CrewAIInstrumentor().instrument(tracer_provider=tracing())


@tool("order_lookup")
def order_lookup(order: str) -> str:
    """Finds an order."""
    return look_up(order)


agent = Agent(role="support_agent", goal=SYSTEM, backstory=SYSTEM, tools=[order_lookup], llm="openai/gpt-4o-mini")
task = Task(description=QUESTION, expected_output="A sentence.", agent=agent, name="answer")
with using_attributes(session_id=SESSION, user_id=USER):
    Crew(name="support", agents=[agent], tasks=[task]).kickoff()
