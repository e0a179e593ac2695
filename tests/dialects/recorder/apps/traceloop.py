# /// script
# dependencies = [
#   "openai==2.54.0",
#   "traceloop-sdk==0.62.4",
# ]
# [tool.recorder]
# TRACELOOP_BASE_URL = "{receiver}"
# TRACELOOP_METRICS_ENABLED = "false"
# TRACELOOP_TELEMETRY = "false"
# ///
"""Traceloop's SDK: decorated functions, association properties, and the OpenAI instrumentation that it switches on."""

from conversation import SESSION, USER
from conversation import order_lookup as look_up
from openai import OpenAI
from openai_chat import converse
from traceloop.sdk import Traceloop
from traceloop.sdk.decorators import agent, task, tool, workflow

Traceloop.init(app_name="support-bot", disable_batch=True)


@tool(name="order_lookup")
def order_lookup(order: str) -> str:
    """Look up outside of the model's loop, for a span of kind tool."""
    return look_up(order)


@agent(name="support_agent")
def support_agent() -> str:
    """Have the conversation."""
    order_lookup("KC-7")
    return converse(OpenAI())


@task(name="answer")
def answer(question: str) -> str:
    """Answer a question."""
    return support_agent() if question else ""


@workflow(name="support", version=3)
def support(question: str) -> str:
    """Serve a customer."""
    Traceloop.set_association_properties({"session_id": SESSION, "user_id": USER, "plan": "gold"})
    return answer(question)


support("Where is my order KC-7?")
