# /// script
# dependencies = ["openai==3.57.0", "logfire==5.4.0"]
# ///
"""Logfire's SDK and its own instrumentation of `openai`, sent by OTLP instead of to Logfire."""

import logfire
from conversation import EMBEDDING_MODEL, MODEL, QUESTION, SYSTEM
from openai import OpenAI
from openai_chat import converse, stream

logfire.configure(send_to_logfire=False, service_name="support-bot", service_version="1.2.3", environment="test")
client = OpenAI()
logfire.instrument_openai(client)
with logfire.span("support request {order}", order="KC-7", _tags=["vip", "beta"]):
    converse(client)
    stream(client)
    client.embeddings.create(model=EMBEDDING_MODEL, input=QUESTION)
    client.responses.create(model=MODEL, instructions=SYSTEM, input=QUESTION)
    logfire.info("answered {customer}", customer="ana")
