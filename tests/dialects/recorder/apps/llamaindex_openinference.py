# /// script
# dependencies = [
#   "llama-index-core==0.14.25",
#   "llama-index-llms-openai==0.8.3",
#   "llama-index-embeddings-openai==0.7.0",
#   "openinference-instrumentation-llama-index==4.6.1",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""OpenInference's instrumentation of LlamaIndex: a query engine over two texts, then an agent with the tool."""

import asyncio

from conversation import EMBEDDING_MODEL, MODEL, QUESTION, SESSION, SYSTEM, TAGS, USER, order_lookup
from llama_index.core import Document, VectorStoreIndex
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.embeddings.openai import OpenAIEmbedding
from llama_index.llms.openai import OpenAI
from openinference.instrumentation import using_attributes
from openinference.instrumentation.llama_index import LlamaIndexInstrumentor
from tracing import tracing

LlamaIndexInstrumentor().instrument(tracer_provider=tracing())
llm = OpenAI(model=MODEL)
texts = [Document(text="Orders ship in two days.", id_="doc-1", metadata={"page": 3})]


async def converse() -> None:
    """Let an agent answer."""
    agent = FunctionAgent(tools=[order_lookup], llm=llm, system_prompt=SYSTEM, name="support_agent", streaming=False)
    await agent.run(QUESTION)


with using_attributes(session_id=SESSION, user_id=USER, tags=TAGS):
    index = VectorStoreIndex.from_documents(texts, embed_model=OpenAIEmbedding(model=EMBEDDING_MODEL))
    index.as_query_engine(llm=llm).query(QUESTION)
    asyncio.run(converse())
