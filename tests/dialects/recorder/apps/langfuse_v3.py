# /// script
# dependencies = ["openai==2.54.0", "langfuse==3.15.0"]
# [tool.recorder]
# LANGFUSE_HOST = "{receiver}"
# LANGFUSE_PUBLIC_KEY = "pk-lf-fake"
# LANGFUSE_SECRET_KEY = "sk-lf-fake"
# ///
"""Langfuse's SDK 3, where the trace is updated from within an observation."""

from conversation import MODEL, QUESTION, SESSION, TAGS, USER
from langfuse import get_client
from langfuse.openai import OpenAI
from openai_chat import converse

langfuse = get_client()
usage = {"input": 200, "input_cached_tokens": 1000, "output": 50, "output_reasoning_tokens": 30, "total": 1280}
with langfuse.start_as_current_observation(name="support", as_type="span", input=QUESTION) as root:
    root.update_trace(
        name="support",
        user_id=USER,
        session_id=SESSION,
        tags=TAGS,
        metadata={"plan": "gold"},
        input=QUESTION,
        version="3",
    )
    with root.start_as_current_observation(name="answer", as_type="generation", model=MODEL) as generation:
        generation.update(output="It is on its way.", usage_details=usage, cost_details={"total": 0.000153})
    root.update_trace(output=converse(OpenAI()))
langfuse.flush()
