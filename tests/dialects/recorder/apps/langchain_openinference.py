# /// script
# dependencies = [
#   "langchain==1.5.2",
#   "langchain-openai==1.7.4",
#   "langgraph==1.2.24",
#   "numpy==2.3.5",
#   "openinference-instrumentation-langchain==0.1.80",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""OpenInference's instrumentation of LangChain, which sees LangGraph's nodes too."""

from conversation import SESSION, TAGS, USER
from langchain_agent import converse
from openinference.instrumentation import using_attributes
from openinference.instrumentation.langchain import LangChainInstrumentor
from tracing import tracing

LangChainInstrumentor().instrument(tracer_provider=tracing())
with using_attributes(session_id=SESSION, user_id=USER, tags=TAGS):
    converse()
