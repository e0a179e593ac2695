# /// script
# dependencies = ["lmnr==0.8.2", "openai==3.57.0"]
# ///
"""Laminar's SDK: an observed function and its instrumentation of `openai`."""

import os

from conversation import MODEL, QUESTION, SESSION, SYSTEM, TAGS, USER
from conversation import order_lookup as look_up
from lmnr import Laminar, observe
from openai import OpenAI
from openai_chat import converse, stream

port = int(os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"].rpartition(":")[2])
Laminar.initialize(project_api_key="none", base_url="http://127.0.0.1", http_port=port, force_http=True)


@observe(span_type="TOOL")
def order_lookup(order: str) -> str:
    """Find an order."""
    return look_up(order)


@observe(name="support", session_id=SESSION, user_id=USER, tags=TAGS, metadata={"plan": "gold"})
def support(question: str) -> str:
    """Serve a customer."""
    order_lookup("KC-7")
    client = OpenAI()
    stream(client)
    client.responses.create(model=MODEL, instructions=SYSTEM, input=question)
    return converse(client)


support(QUESTION)
Laminar.flush()
