# /// script
# dependencies = [
#   "google-adk==2.13.0",
#   "opentelemetry-exporter-otlp-proto-http==1.44.0",
# ]
# [tool.recorder]
# GOOGLE_GEMINI_BASE_URL = "{api}"
# ADK_TELEMETRY_SCHEMA_VERSION_OPT_IN = "1"
# ///
"""Google's Agent Development Kit, which traces by itself, in its first format."""

import asyncio

from conversation import QUESTION, SESSION, SYSTEM, USER, order_lookup
from google.adk.agents import Agent
from google.adk.runners import InMemoryRunner
from google.genai.types import Content, Part
from tracing import tracing

tracing()
agent = Agent(model="gemini-2.5-flash", name="support_agent", instruction=SYSTEM, tools=[order_lookup])


async def converse() -> None:
    """Ask the agent within a session."""
    runner = InMemoryRunner(agent=agent, app_name="support")
    await runner.session_service.create_session(app_name="support", user_id=USER, session_id=SESSION)
    asked = Content(role="user", parts=[Part(text=QUESTION)])
    async for _ in runner.run_async(user_id=USER, session_id=SESSION, new_message=asked):
        pass


asyncio.run(converse())
