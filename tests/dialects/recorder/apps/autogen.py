# /// script
# dependencies = [
#   "autogen-agentchat==0.7.5",
#   "autogen-ext[openai]==0.7.5",
#   "openai==2.54.0",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""AutoGen's own telemetry."""

import asyncio

from autogen_agentchat.agents import AssistantAgent
from autogen_ext.models.openai import OpenAIChatCompletionClient
from conversation import MODEL, QUESTION, SYSTEM, order_lookup
from tracing import tracing

tracing()


async def converse() -> None:
    """Ask the agent."""
    client = OpenAIChatCompletionClient(model=MODEL)
    agent = AssistantAgent(
        "support_agent", client, tools=[order_lookup], system_message=SYSTEM, reflect_on_tool_use=True
    )
    await agent.run(task=QUESTION)


asyncio.run(converse())
