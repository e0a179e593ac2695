# /// script
# dependencies = [
#   "google-genai==3.6.1",
#   "openinference-instrumentation-google-genai==1.4.14",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# [tool.recorder]
# GOOGLE_GEMINI_BASE_URL = "{api}"
# ///
"""OpenInference's instrumentation of Google's Gen AI SDK."""

from conversation import QUESTION, SESSION, SYSTEM, USER, order_lookup
from google import genai
from google.genai.types import GenerateContentConfig
from openinference.instrumentation import using_attributes
from openinference.instrumentation.google_genai import GoogleGenAIInstrumentor
from tracing import tracing

GoogleGenAIInstrumentor().instrument(tracer_provider=tracing())
client = genai.Client()
model = "gemini-2.5-flash"
with using_attributes(session_id=SESSION, user_id=USER):
    config = GenerateContentConfig(system_instruction=SYSTEM, tools=[order_lookup], temperature=0.2)
    client.models.generate_content(model=model, contents=QUESTION, config=config)
    for _ in client.models.generate_content_stream(model=model, contents=QUESTION):
        pass
