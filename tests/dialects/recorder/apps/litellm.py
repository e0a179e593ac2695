# /// script
# dependencies = [
#   "litellm==1.110.2",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# [tool.recorder]
# OTEL_EXPORTER = "otlp_http"
# OTEL_ENDPOINT = "{receiver}/v1/traces"
# LITELLM_LOCAL_MODEL_COST_MAP = "True"
# ///
"""LiteLLM's own callback for OpenTelemetry."""

import litellm
from litellm_chat import converse

litellm.callbacks = ["otel"]
converse(litellm)
