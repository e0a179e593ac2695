# /// script
# dependencies = [
#   "langchain==1.5.2",
#   "langchain-openai==1.7.4",
#   "langgraph==1.2.24",
#   "numpy==2.3.5",
#   "langsmith[otel]==0.15.1",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# [tool.recorder]
# LANGSMITH_OTEL_ENABLED = "true"
# LANGSMITH_OTEL_ONLY = "true"
# LANGSMITH_TRACING = "true"
# LANGSMITH_ENDPOINT = "{receiver}"
# LANGSMITH_API_KEY = "none"
# LANGSMITH_PROJECT = "support"
# LANGCHAIN_REVISION_ID = "1.2.3"
# ///
"""LangSmith's own tracing of LangChain, sent by OTLP instead of to LangSmith."""

from langchain_agent import converse
from tracing import tracing

provider = tracing()
converse()
provider.force_flush()
