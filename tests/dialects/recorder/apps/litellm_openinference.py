# /// script
# dependencies = [
#   "litellm==1.110.2",
#   "openinference-instrumentation-litellm==0.1.51",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# [tool.recorder]
# LITELLM_LOCAL_MODEL_COST_MAP = "True"
# ///
"""OpenInference's instrumentation of LiteLLM."""

import litellm
from conversation import SESSION, TAGS, USER
from litellm_chat import converse
from openinference.instrumentation import using_attributes
from openinference.instrumentation.litellm import LiteLLMInstrumentor
from tracing import tracing

LiteLLMInstrumentor().instrument(tracer_provider=tracing())
with using_attributes(session_id=SESSION, user_id=USER, tags=TAGS):
    converse(litellm)
