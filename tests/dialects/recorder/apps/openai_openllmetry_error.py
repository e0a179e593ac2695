# /// script
# dependencies = [
#   "openai==3.57.0",
#   "opentelemetry-instrumentation-openai==0.62.4",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""OpenLLMetry's instrumentation of `openai`, where the API refuses."""

from openai import OpenAI
from openai_chat import refused
from opentelemetry.instrumentation.openai import OpenAIInstrumentor
from tracing import tracing

tracing()
OpenAIInstrumentor().instrument()
refused(OpenAI())
