# /// script
# dependencies = ["openlit==1.45.0", "openai==2.54.0"]
# ///
"""OpenLIT's SDK."""

import openlit
from conversation import EMBEDDING_MODEL, MODEL, QUESTION, SYSTEM
from openai import OpenAI
from openai_chat import converse, stream

openlit.init(application_name="support-bot", environment="test", disable_metrics=True, disable_batch=True)
client = OpenAI()
converse(client)
stream(client)
client.embeddings.create(model=EMBEDDING_MODEL, input=QUESTION)
client.responses.create(model=MODEL, instructions=SYSTEM, input=QUESTION)
