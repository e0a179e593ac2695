# /// script
# dependencies = [
#   "langchain==1.5.2",
#   "langchain-openai==1.7.4",
#   "langgraph==1.2.24",
#   "numpy==2.3.5",
#   "opentelemetry-instrumentation-langchain==0.62.4",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""OpenLLMetry's instrumentation of LangChain."""

from langchain_agent import converse
from opentelemetry.instrumentation.langchain import LangchainInstrumentor
from tracing import tracing

tracing()
LangchainInstrumentor().instrument()
converse()
