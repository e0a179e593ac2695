# /// script
# dependencies = [
#   "langchain==1.5.2",
#   "langchain-openai==1.7.4",
#   "langgraph==1.2.24",
#   "numpy==2.3.5",
#   "opentelemetry-instrumentation-genai-langchain==1.3b0",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# [tool.recorder]
# OTEL_SEMCONV_STABILITY_OPT_IN = "gen_ai_latest_experimental"
# OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT = "span_only"
# ///
"""OpenTelemetry's own instrumentation of LangChain."""

from langchain_agent import converse
from opentelemetry.instrumentation.genai.langchain import LangChainInstrumentor
from tracing import tracing

tracing()
LangChainInstrumentor().instrument()
converse()
