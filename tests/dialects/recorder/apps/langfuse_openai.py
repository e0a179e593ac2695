# /// script
# dependencies = ["openai==3.57.0", "langfuse==5.0.4"]
# [tool.recorder]
# LANGFUSE_HOST = "{receiver}"
# LANGFUSE_PUBLIC_KEY = "pk-lf-fake"
# LANGFUSE_SECRET_KEY = "sk-lf-fake"
# ///
"""Langfuse's drop-in for `openai`, and its decorator."""

from conversation import EMBEDDING_MODEL, MODEL, QUESTION, SESSION, SYSTEM, TAGS, USER
from langfuse import get_client, observe, propagate_attributes
from langfuse.openai import OpenAI
from openai_chat import converse, stream


@observe()
def support(question: str) -> str:
    """Serve a customer."""
    client = OpenAI()
    stream(client)
    client.embeddings.create(model=EMBEDDING_MODEL, input=question)
    client.responses.create(model=MODEL, instructions=SYSTEM, input=question)
    return converse(client)


with propagate_attributes(user_id=USER, session_id=SESSION, tags=TAGS):
    support(QUESTION)
get_client().flush()
