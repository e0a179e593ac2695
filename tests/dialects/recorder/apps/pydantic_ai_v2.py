# /// script
# dependencies = [
#   "pydantic-ai-slim[openai]==1.107.10",
#   "openai==2.54.0",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""Pydantic AI 1, which emits version 2 of its format where nothing else is asked for."""

from conversation import MODEL, QUESTION, SYSTEM, order_lookup
from pydantic_ai import Agent, InstrumentationSettings
from pydantic_ai.models.openai import OpenAIChatModel
from tracing import tracing

tracing()
Agent.instrument_all(InstrumentationSettings(version=2))
agent = Agent(OpenAIChatModel(MODEL), name="support_agent", system_prompt=SYSTEM, tools=[order_lookup])
agent.run_sync(QUESTION)
