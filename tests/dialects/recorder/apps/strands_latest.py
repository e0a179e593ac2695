# /// script
# dependencies = ["strands-agents[openai,otel]==1.62.0"]
# [tool.recorder]
# OTEL_SEMCONV_STABILITY_OPT_IN = "gen_ai_latest_experimental"
# ///
"""Strands Agents' own telemetry, with the names that it calls the latest."""

from conversation import MODEL, QUESTION, SESSION, SYSTEM, TAGS, USER
from conversation import order_lookup as look_up
from strands import Agent, tool
from strands.models.openai import OpenAIModel
from strands.telemetry import StrandsTelemetry

telemetry = StrandsTelemetry().setup_otlp_exporter()


@tool
def order_lookup(order: str) -> str:
    """Finds an order."""
    return look_up(order)


about = {"session.id": SESSION, "user.id": USER, "tags": TAGS}
model = OpenAIModel(model_id=MODEL)
agent = Agent(
    model,
    tools=[order_lookup],
    system_prompt=SYSTEM,
    name="support_agent",
    trace_attributes=about,
    callback_handler=None,
)
agent(QUESTION)
telemetry.tracer_provider.force_flush()
