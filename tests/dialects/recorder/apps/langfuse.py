# /// script
# dependencies = ["openai==3.57.0", "langfuse==5.0.4"]
# [tool.recorder]
# LANGFUSE_HOST = "{receiver}"
# LANGFUSE_PUBLIC_KEY = "pk-lf-fake"
# LANGFUSE_SECRET_KEY = "sk-lf-fake"
# LANGFUSE_TRACING_ENVIRONMENT = "test"
# LANGFUSE_RELEASE = "1.2.3"
# ///
"""Langfuse's SDK: observations of several types, a generation with usage and cost of its own."""

from datetime import UTC, datetime

from conversation import MODEL, QUESTION, SESSION, SYSTEM, TAGS, USER, order_lookup
from langfuse import get_client, propagate_attributes
from langfuse.api import Prompt_Text
from langfuse.model import TextPromptClient

langfuse = get_client()
labels = {"labels": ["production"], "tags": [], "config": {}}
prompt = TextPromptClient(Prompt_Text(type="text", name="support", version=7, prompt=SYSTEM, **labels))
usage = {"input": 200, "input_cached_tokens": 1000, "output": 50, "output_reasoning_tokens": 30, "total": 1280}
cost = {"input": 0.00003, "input_cached_tokens": 0.000075, "output": 0.000048, "total": 0.000153}
messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}]

start = langfuse.start_as_current_observation
with (
    propagate_attributes(user_id=USER, session_id=SESSION, tags=TAGS, metadata={"plan": "gold"}, trace_name="support"),
    start(name="support", as_type="agent", input=QUESTION, version="3") as root,
):
    with start(name="order_lookup", as_type="tool", input={"order": "KC-7"}) as tool:
        tool.update(output=order_lookup("KC-7"))
    with start(name="find", as_type="retriever", input=QUESTION) as retriever:
        retriever.update(output=["Orders ship in two days."], metadata={"index": "help", "top": 1})
    with start(name="answer", as_type="generation", model=MODEL, input=messages, prompt=prompt) as generation:
        generation.update(
            output={"role": "assistant", "content": "It is on its way."},
            model_parameters={"temperature": 0.2, "max_tokens": 200},
            completion_start_time=datetime.now(UTC),
            usage_details=usage,
            cost_details=cost,
        )
    with start(name="check", as_type="guardrail", input="It is on its way.") as guardrail:
        guardrail.update(output=False, level="ERROR", status_message="too short")
    root.update(output="It is on its way.")
    langfuse.create_event(name="done", input={"order": "KC-7"})
langfuse.flush()
