# /// script
# dependencies = [
#   "semantic-kernel==1.45.0",
#   "openai==2.54.0",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# [tool.recorder]
# SEMANTICKERNEL_EXPERIMENTAL_GENAI_ENABLE_OTEL_DIAGNOSTICS = "true"
# SEMANTICKERNEL_EXPERIMENTAL_GENAI_ENABLE_OTEL_DIAGNOSTICS_SENSITIVE = "true"
# ///
"""Semantic Kernel's own telemetry, with sensitive data."""

import asyncio
import logging
import os

from conversation import MODEL, QUESTION, SYSTEM
from conversation import order_lookup as look_up
from logging_events import logging_events
from openai import AsyncOpenAI
from opentelemetry.sdk._logs import LoggingHandler
from semantic_kernel.agents import ChatCompletionAgent
from semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion
from semantic_kernel.functions import kernel_function
from tracing import tracing

tracing()
logger = logging.getLogger("semantic_kernel")
logger.addHandler(LoggingHandler(logger_provider=logging_events()))
logger.setLevel(logging.INFO)


class Orders:
    """A plugin."""

    @kernel_function
    def order_lookup(self, order: str) -> str:
        """Finds an order."""
        return look_up(order)


async def converse() -> None:
    """Ask the agent."""
    client = AsyncOpenAI(base_url=os.environ["OPENAI_BASE_URL"])
    service = OpenAIChatCompletion(ai_model_id=MODEL, async_client=client)
    agent = ChatCompletionAgent(service=service, name="support_agent", instructions=SYSTEM, plugins=[Orders()])
    await agent.get_response(messages=QUESTION)


asyncio.run(converse())
