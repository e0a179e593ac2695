# /// script
# dependencies = [
#   "haystack-ai==3.4.1",
#   "openinference-instrumentation-haystack==0.1.46",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# [tool.recorder]
# HAYSTACK_TELEMETRY_ENABLED = "false"
# ///
"""OpenInference's instrumentation of Haystack: a retriever and a generator in a pipeline."""

from conversation import EMBEDDING_MODEL, MODEL, QUESTION, SESSION, USER
from haystack import Document, Pipeline
from haystack.components.builders import ChatPromptBuilder
from haystack.components.embedders import OpenAITextEmbedder
from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
from haystack.dataclasses import ChatMessage
from haystack.document_stores.in_memory import InMemoryDocumentStore
from openinference.instrumentation import using_attributes
from openinference.instrumentation.haystack import HaystackInstrumentor
from tracing import tracing

HaystackInstrumentor().instrument(tracer_provider=tracing())
store = InMemoryDocumentStore()
store.write_documents([Document("doc-1", "Orders ship in two days.", meta={"page": 3}, embedding=[0.5, 0, 0, 0.5])])
template = [ChatMessage.from_system("Be brief."), ChatMessage.from_user("{{documents[0].content}} {{question}}")]
pipeline = Pipeline()
pipeline.add_component("embedder", OpenAITextEmbedder(model=EMBEDDING_MODEL))
pipeline.add_component("retriever", InMemoryEmbeddingRetriever(store))
pipeline.add_component("prompt", ChatPromptBuilder(template, required_variables="*"))
pipeline.add_component("llm", OpenAIChatGenerator(model=MODEL))
pipeline.connect("embedder.embedding", "retriever.query_embedding")
pipeline.connect("retriever", "prompt.documents")
pipeline.connect("prompt", "llm")
with using_attributes(session_id=SESSION, user_id=USER):
    pipeline.run({"embedder": {"text": QUESTION}, "prompt": {"question": QUESTION}})
