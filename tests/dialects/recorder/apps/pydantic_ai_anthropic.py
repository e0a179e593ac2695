# /// script
# dependencies = [
#   "pydantic-ai-slim[anthropic]==2.68.0",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""Pydantic AI with Anthropic, whose input tokens leave out the cached ones."""

from conversation import CLAUDE, QUESTION, SYSTEM, order_lookup
from pydantic_ai import Agent
from pydantic_ai.models.anthropic import AnthropicModel
from tracing import tracing

tracing()
Agent.instrument_all()
agent = Agent(AnthropicModel(CLAUDE), name="support_agent", instructions=SYSTEM, tools=[order_lookup])
agent.run_sync(QUESTION)
