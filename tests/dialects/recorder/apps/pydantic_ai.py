# /// script
# dependencies = [
#   "pydantic-ai-slim[openai]==2.68.0",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""Pydantic AI's own instrumentation in the version that is its default."""

from conversation import MODEL, QUESTION, SYSTEM, order_lookup
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from tracing import tracing

tracing()
Agent.instrument_all()
agent = Agent(OpenAIChatModel(MODEL), name="support_agent", instructions=SYSTEM, tools=[order_lookup])
agent.run_sync(QUESTION, conversation_id="conversation-1")
