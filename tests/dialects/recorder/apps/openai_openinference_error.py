# /// script
# dependencies = [
#   "openai==3.57.0",
#   "openinference-instrumentation-openai==0.1.66",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""OpenInference's instrumentation of `openai`, where the API refuses."""

from openai import OpenAI
from openai_chat import refused
from openinference.instrumentation.openai import OpenAIInstrumentor
from tracing import tracing

OpenAIInstrumentor().instrument(tracer_provider=tracing())
refused(OpenAI())
