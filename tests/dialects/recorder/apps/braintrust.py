# /// script
# dependencies = ["braintrust[otel]==0.48.1", "openai==3.57.0", "opentelemetry-instrumentation-openai==0.62.4"]
# [tool.recorder]
# BRAINTRUST_API_KEY = "none"
# BRAINTRUST_API_URL = "{receiver}"
# BRAINTRUST_PARENT = "project_name:support"
# ///
"""Braintrust's span processor behind an instrumentation, with the attributes that its documentation has one set."""

import json

from braintrust.otel import BraintrustSpanProcessor
from conversation import QUESTION, SESSION, TAGS, USER
from openai import OpenAI
from openai_chat import converse
from opentelemetry import trace
from opentelemetry.instrumentation.openai import OpenAIInstrumentor
from opentelemetry.sdk.trace import TracerProvider

provider = TracerProvider()
provider.add_span_processor(BraintrustSpanProcessor())
trace.set_tracer_provider(provider)
OpenAIInstrumentor().instrument()
with trace.get_tracer("support_bot").start_as_current_span("support") as span:
    span.set_attribute("braintrust.span_attributes", json.dumps({"type": "task"}))
    span.set_attribute("braintrust.input_json", json.dumps({"question": QUESTION}))
    span.set_attribute("braintrust.metadata", json.dumps({"session_id": SESSION, "user_id": USER}))
    span.set_attribute("braintrust.tags", TAGS)
    span.set_attribute("braintrust.scores", json.dumps({"polite": 1}))
    span.set_attribute("braintrust.output_json", json.dumps(converse(OpenAI())))
provider.shutdown()
