"""
The declarative table: each field, and the attributes of all dialects that hold it. The first that is not empty wins.

Names were read in the sources of the instrumentations (see ``docs/mapping.md``), and `tests/dialects` holds what the
published libraries really sent. To teach spanmill a name, add it here, raise `columns.MAPPING_VERSION` and regenerate.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Source:
    """
    One attribute that may hold a field.

    Attributes:
        dialect: Who writes it, for the documentation.
        attribute: Its exact name.
        path: Where the attribute holds a JSON object: the key in it.
    """

    dialect: str
    attribute: str
    path: str = ""


def _named(dialect: str, *names: str) -> tuple[Source, ...]:
    return tuple(Source(dialect, *name.split(" -> ")) for name in names)


def otel(*names: str) -> tuple[Source, ...]:
    """OpenTelemetry's conventions, current and deprecated."""
    return _named("OpenTelemetry", *names)


def openinference(*names: str) -> tuple[Source, ...]:
    """OpenInference (Arize Phoenix)."""
    return _named("OpenInference", *names)


def traceloop(*names: str) -> tuple[Source, ...]:
    """OpenLLMetry (Traceloop)."""
    return _named("OpenLLMetry", *names)


def ai_sdk(*names: str) -> tuple[Source, ...]:
    """The Vercel AI SDK, versions 3 to 6; version 7 writes OpenTelemetry's names."""
    return _named("Vercel AI SDK", *names)


def langfuse(*names: str) -> tuple[Source, ...]:
    """Langfuse's SDKs."""
    return _named("Langfuse", *names)


def logfire(*names: str) -> tuple[Source, ...]:
    """Pydantic AI and Logfire."""
    return _named("Logfire", *names)


def mlflow(*names: str) -> tuple[Source, ...]:
    """MLflow, whose values are JSON in strings."""
    return _named("MLflow", *names)


def other(dialect: str, *names: str) -> tuple[Source, ...]:
    """A dialect that is met less often."""
    return _named(dialect, *names)


FIELDS: Final[dict[str, tuple[Source, ...]]] = {
    "Kind": (
        *langfuse("langfuse.observation.type"),
        *openinference("openinference.span.kind"),
        *traceloop("traceloop.span.kind"),
        *otel("gen_ai.operation.name"),
        *ai_sdk("ai.operationId", "operation.name"),
        *mlflow("mlflow.spanType"),
        *other("Laminar", "lmnr.span.type"),
        *other("LangSmith", "langsmith.span.kind"),
        *traceloop("llm.request.type"),
        *other("Genkit", "genkit:metadata:subtype"),
        *other("vector databases", "db.system.name", "db.system"),
    ),
    "Provider": (
        *otel("gen_ai.provider.name", "gen_ai.system"),
        *openinference("llm.provider", "llm.system"),
        *ai_sdk("ai.model.provider"),
        *mlflow("mlflow.llm.provider"),
        *other("LangSmith", "langsmith.metadata.ls_provider"),
        *traceloop("llm.vendor"),
    ),
    "RequestModel": (
        *langfuse("langfuse.observation.model.name"),
        *otel("gen_ai.request.model"),
        *ai_sdk("ai.model.id"),
        *openinference(
            "llm.request.model_name",
            "llm.input_model_name",
            "llm.model_name",
            "embedding.model_name",
            "reranker.model_name",
        ),
        *traceloop("llm.request.model"),
        *mlflow("mlflow.llm.model"),
        *logfire("model_name"),
        *other("LangSmith", "langsmith.metadata.ls_model_name"),
        *other("Braintrust", "braintrust.metadata -> model"),
        *other("Google ADK", "gcp.vertex.agent.llm_request -> model"),
    ),
    "ResponseModel": (
        *otel("gen_ai.response.model"),
        *ai_sdk("ai.response.model"),
        *openinference("llm.response.model_name", "llm.output_model_name"),
        *traceloop("llm.response.model"),
    ),
    "InputTokens": (
        *otel("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
        *openinference("llm.token_count.prompt"),
        *ai_sdk("ai.usage.inputTokens", "ai.usage.promptTokens", "ai.usage.tokens"),
        *traceloop("llm.usage.prompt_tokens"),
        *mlflow("mlflow.chat.tokenUsage -> input_tokens"),
        *other("Braintrust", "braintrust.metrics -> prompt_tokens"),
    ),
    "OutputTokens": (
        *otel("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
        *openinference("llm.token_count.completion"),
        *ai_sdk("ai.usage.outputTokens", "ai.usage.completionTokens"),
        *traceloop("llm.usage.completion_tokens"),
        *mlflow("mlflow.chat.tokenUsage -> output_tokens"),
        *other("Braintrust", "braintrust.metrics -> completion_tokens"),
    ),
    "TotalTokens": (
        *traceloop("llm.usage.total_tokens"),
        *other("OpenLIT", "gen_ai.usage.total_tokens"),
        *openinference("llm.token_count.total"),
        *ai_sdk("ai.usage.totalTokens"),
        *mlflow("mlflow.chat.tokenUsage -> total_tokens"),
        *other("Braintrust", "braintrust.metrics -> tokens"),
    ),
    "CachedTokens": (
        *otel("gen_ai.usage.cache_read.input_tokens"),
        *traceloop("gen_ai.usage.cache_read_input_tokens"),
        *openinference(
            "llm.token_count.prompt_details.cache_read",
            "llm.token_count.prompt_details.cache_input",
        ),
        *ai_sdk("ai.usage.cachedInputTokens", "ai.usage.inputTokenDetails.cacheReadTokens"),
        *logfire("gen_ai.usage.details.cache_read_tokens", "gen_ai.usage.details.cached_tokens"),
        *mlflow("mlflow.chat.tokenUsage -> cache_read_input_tokens"),
        *other("Braintrust", "braintrust.metrics -> prompt_cached_tokens"),
    ),
    "CacheWriteTokens": (
        *otel("gen_ai.usage.cache_creation.input_tokens"),
        *traceloop("gen_ai.usage.cache_creation_input_tokens"),
        *openinference("llm.token_count.prompt_details.cache_write"),
        *ai_sdk("ai.usage.inputTokenDetails.cacheWriteTokens"),
        *logfire("gen_ai.usage.details.cache_write_tokens"),
        *mlflow("mlflow.chat.tokenUsage -> cache_creation_input_tokens"),
        *other("Braintrust", "braintrust.metrics -> prompt_cache_creation_tokens"),
    ),
    "ReasoningTokens": (
        *otel("gen_ai.usage.reasoning.output_tokens"),
        *traceloop("gen_ai.usage.reasoning_tokens", "llm.usage.reasoning_tokens"),
        *openinference("llm.token_count.completion_details.reasoning"),
        *ai_sdk("ai.usage.reasoningTokens", "ai.usage.outputTokenDetails.reasoningTokens"),
        *logfire("gen_ai.usage.details.reasoning_tokens"),
        *other("Braintrust", "braintrust.metrics -> completion_reasoning_tokens"),
    ),
    "ReportedCost": (
        *otel("gen_ai.usage.cost.amount"),
        *other("OpenLIT", "gen_ai.usage.cost"),
        *openinference("llm.cost.total"),
        *logfire("operation.cost"),
        *mlflow("mlflow.llm.cost -> total_cost"),
        *other("LiteLLM", "gen_ai.cost.total_cost"),
    ),
    "SessionId": (
        *langfuse("langfuse.session.id"),
        *otel("session.id", "gen_ai.conversation.id"),
        *traceloop("traceloop.association.properties.session_id"),
        *ai_sdk("ai.telemetry.metadata.sessionId"),
        *other("Laminar", "lmnr.association.properties.session_id"),
        *other("LangSmith", "langsmith.trace.session_id"),
        *mlflow("mlflow.trace.session"),
        *other("Google ADK", "gcp.vertex.agent.session_id"),
        *other("Genkit", "genkit:sessionId"),
    ),
    "UserId": (
        *langfuse("langfuse.user.id"),
        *otel("user.id", "enduser.id"),
        *traceloop("traceloop.association.properties.user_id"),
        *ai_sdk("ai.telemetry.metadata.userId"),
        *other("Laminar", "lmnr.association.properties.user_id"),
        *other("LangSmith", "langsmith.metadata.user_id"),
        *mlflow("mlflow.trace.user"),
        *traceloop("gen_ai.user", "llm.user"),
        *other("OpenLIT", "gen_ai.request.user"),
    ),
    "Tags": (
        *langfuse("langfuse.trace.tags"),
        *openinference("tag.tags"),
        *ai_sdk("ai.telemetry.metadata.tags"),
        *logfire("logfire.tags"),
        *traceloop("traceloop.association.properties.tags"),
        *other("Laminar", "lmnr.association.properties.tags"),
        *other("LangSmith", "langsmith.span.tags"),
    ),
    "AgentName": (
        *otel("gen_ai.agent.name"),
        *openinference("agent.name"),
        *logfire("agent_name"),
        *ai_sdk("ai.telemetry.functionId"),
        *otel("gen_ai.workflow.name"),
        *openinference("graph.node.name"),
    ),
    "ToolName": (
        *otel("gen_ai.tool.name", "mcp.tool.name"),
        *openinference("tool.name"),
        *ai_sdk("ai.toolCall.name"),
    ),
    "EntityName": traceloop("traceloop.entity.name"),
    "FinishReasons": (
        *otel("gen_ai.response.finish_reasons"),
        *ai_sdk("ai.response.finishReason", "ai.finishReason"),
        *openinference("llm.finish_reason"),
        *traceloop(
            "gen_ai.response.finish_reason",
            "llm.response.finish_reason",
            "llm.response.stop_reason",
            "gen_ai.completion.0.finish_reason",
        ),
    ),
    "PromptName": (
        *otel("gen_ai.prompt.name"),
        *langfuse("langfuse.observation.prompt.name"),
        *traceloop("traceloop.prompt.key"),
    ),
    "PromptVersion": (
        *otel("gen_ai.prompt.version"),
        *langfuse("langfuse.observation.prompt.version"),
        *traceloop("traceloop.prompt.version"),
        *openinference("llm.prompt_template.version"),
    ),
    "Environment": langfuse("langfuse.environment"),
    "Release": langfuse("langfuse.release", "langfuse.version"),
    "Source": other("spanmill", "spanmill.source"),
    "ErrorType": otel("error.type"),
    "Level": langfuse("langfuse.observation.level"),
    "TimeToFirstChunkS": otel("gen_ai.response.time_to_first_chunk", "gen_ai.server.time_to_first_token"),
    "TimeToFirstChunkMs": ai_sdk("ai.response.msToFirstChunk", "ai.stream.msToFirstChunk"),
    "UsageDetails": langfuse("langfuse.observation.usage_details"),
    "CostDetails": langfuse("langfuse.observation.cost_details"),
    "HasMessages": (
        *otel("gen_ai.input.messages", "gen_ai.output.messages"),
        *openinference("llm.input_messages.0.message.role", "llm.output_messages.0.message.role"),
        *traceloop("gen_ai.prompt.0.content", "gen_ai.completion.0.content"),
    ),
}
"""What is looked up when a span is stored. Not all of these are columns: some are parts of one."""

RESOURCE: Final[dict[str, tuple[Source, ...]]] = {
    "Environment": (
        *otel("deployment.environment.name", "deployment.environment"),
        *langfuse("langfuse.environment"),
    ),
    "Release": (*otel("service.version"), *langfuse("langfuse.release")),
    "Source": other("spanmill", "spanmill.source"),
}
"""What is looked up in the resource, where the span itself says nothing."""

CONTENT: Final[dict[str, tuple[Source, ...]]] = {
    "Messages": (
        *langfuse("langfuse.observation.input"),
        *otel("gen_ai.input.messages"),
        *logfire("pydantic_ai.all_messages", "all_messages_events"),
    ),
    "Arguments": (
        *otel("gen_ai.tool.call.arguments"),
        *logfire("tool_arguments"),
        *ai_sdk("ai.toolCall.args"),
        *other("OpenLIT", "gen_ai.tool.args", "gen_ai.tool.input"),
        *other("Google ADK", "gcp.vertex.agent.tool_call_args"),
        *ai_sdk("ai.prompt.messages", "ai.prompt"),
        *otel("gen_ai.prompt"),
        *logfire("events", "request_data"),
        *traceloop("traceloop.entity.input"),
        *other("Laminar", "lmnr.span.input"),
        *mlflow("mlflow.spanInputs"),
        *other("Braintrust", "braintrust.input_json"),
        *openinference("input.value"),
        *otel("gen_ai.retrieval.query.text"),
        *openinference("reranker.query", "tool.parameters"),
        *ai_sdk("ai.value", "ai.values"),
        *other("Genkit", "genkit:input"),
        *other("Google ADK", "gcp.vertex.agent.llm_request"),
        *other("LiveKit", "lk.input_text", "lk.user_transcript", "lk.chat_ctx"),
        *logfire("prompt"),
        *langfuse("langfuse.trace.input"),
    ),
    "Answer": (
        *langfuse("langfuse.observation.output"),
        *otel("gen_ai.output.messages"),
        *logfire("final_result"),
    ),
    "Result": (
        *otel("gen_ai.tool.call.result"),
        *logfire("tool_response"),
        *ai_sdk(
            "ai.toolCall.result",
            "ai.response.text",
            "ai.response.object",
            "ai.response.toolCalls",
            "ai.result.text",
            "ai.result.object",
            "ai.result.toolCalls",
        ),
        *other("OpenLIT", "gen_ai.tool.output"),
        *other("Google ADK", "gcp.vertex.agent.tool_response"),
        *otel("gen_ai.completion"),
        *traceloop("traceloop.entity.output"),
        *other("Laminar", "lmnr.span.output"),
        *mlflow("mlflow.spanOutputs"),
        *other("Braintrust", "braintrust.output_json"),
        *openinference("output.value"),
        *otel("gen_ai.retrieval.documents"),
        *ai_sdk("ai.ranking"),
        *other("Genkit", "genkit:output"),
        *other("Google ADK", "gcp.vertex.agent.llm_response"),
        *other("LiveKit", "lk.response.text", "lk.function_tool.output"),
        *logfire("response_data"),
        *langfuse("langfuse.trace.output"),
    ),
    "Instructions": otel("gen_ai.system_instructions"),
}
"""What went in and out. It is looked up when it is asked for: a second copy would cost more than all other columns."""
