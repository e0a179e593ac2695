# /// script
# dependencies = [
#   "dspy==3.4.1",
#   "openinference-instrumentation-dspy==0.1.48",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# [tool.recorder]
# LITELLM_LOCAL_MODEL_COST_MAP = "True"
# ///
"""OpenInference's instrumentation of DSPy."""

import dspy
from conversation import QUESTION, SESSION, USER
from openinference.instrumentation import using_attributes
from openinference.instrumentation.dspy import DSPyInstrumentor
from tracing import tracing

DSPyInstrumentor().instrument(tracer_provider=tracing())
dspy.configure(lm=dspy.LM("openai/gpt-4o-mini", cache=False))
with using_attributes(session_id=SESSION, user_id=USER):
    dspy.Predict("question -> status")(question=QUESTION)
