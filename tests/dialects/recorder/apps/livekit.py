# /// script
# dependencies = [
#   "livekit-agents[openai]==1.8.9",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""LiveKit's agents without voice: a session that is typed to."""

import asyncio

from conversation import MODEL, QUESTION, SYSTEM
from conversation import order_lookup as look_up
from livekit.agents import Agent, AgentSession, function_tool
from livekit.agents.telemetry import set_tracer_provider
from livekit.plugins import openai
from tracing import tracing

set_tracer_provider(tracing())


@function_tool
async def order_lookup(order: str) -> str:
    """Finds an order."""
    return look_up(order)


async def converse() -> None:
    """Type the question."""
    async with AgentSession(llm=openai.LLM(model=MODEL)) as session:
        await session.start(Agent(instructions=SYSTEM, tools=[order_lookup]))
        await session.run(user_input=QUESTION)


asyncio.run(converse())
