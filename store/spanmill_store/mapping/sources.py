"""
The declarative table: each field, and the attributes of all dialects that hold it. The first that is not empty wins.

Names were read in the sources of the instrumentations (see ``docs/mapping.md``), and `tests/dialects` holds what the
published libraries really sent. To teach spanmill a name, add it here, raise `columns.MAPPING_VERSION` and regenerate.
"""

from typing import Final

from spanmill_store.mapping.dialects import (
    Source,
    ai_sdk,
    langfuse,
    logfire,
    mlflow,
    openinference,
    otel,
    other,
    traceloop,
)

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
        *other("Genkit", "genkit:output -> usage.inputTokens"),
        *other("Braintrust", "braintrust.metrics -> prompt_tokens"),
    ),
    "OutputTokens": (
        *otel("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
        *openinference("llm.token_count.completion"),
        *ai_sdk("ai.usage.outputTokens", "ai.usage.completionTokens"),
        *traceloop("llm.usage.completion_tokens"),
        *mlflow("mlflow.chat.tokenUsage -> output_tokens"),
        *other("Genkit", "genkit:output -> usage.outputTokens"),
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
        *other("LiveKit", "gen_ai.usage.input_cached_tokens"),
        *openinference(
            "llm.token_count.prompt_details.cache_read",
            "llm.token_count.prompt_details.cache_input",
        ),
        *ai_sdk("ai.usage.cachedInputTokens", "ai.usage.inputTokenDetails.cacheReadTokens"),
        *logfire("gen_ai.usage.details.cache_read_tokens", "gen_ai.usage.details.cached_tokens"),
        *ai_sdk(
            "ai.response.providerMetadata -> anthropic.usage.cache_read_input_tokens",
            "ai.response.providerMetadata -> openai.cachedPromptTokens",
        ),
        *langfuse(
            "langfuse.observation.usage_details -> prompt_tokens_details.cached_tokens",
            "langfuse.observation.usage_details -> input_tokens_details.cached_tokens",
        ),
        *other("LangSmith", "langsmith.metadata.usage_metadata -> input_token_details.cache_read"),
        *mlflow("mlflow.chat.tokenUsage -> cache_read_input_tokens"),
        *other("Braintrust", "braintrust.metrics -> prompt_cached_tokens"),
    ),
    "CacheWriteTokens": (
        *otel("gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_write.input_tokens"),
        *traceloop("gen_ai.usage.cache_creation_input_tokens"),
        *other("Strands", "gen_ai.usage.cache_write_input_tokens"),
        *openinference("llm.token_count.prompt_details.cache_write"),
        *ai_sdk("ai.usage.inputTokenDetails.cacheWriteTokens"),
        *logfire("gen_ai.usage.details.cache_write_tokens"),
        *ai_sdk("ai.response.providerMetadata -> anthropic.usage.cache_creation_input_tokens"),
        *mlflow("mlflow.chat.tokenUsage -> cache_creation_input_tokens"),
        *other("Braintrust", "braintrust.metrics -> prompt_cache_creation_tokens"),
    ),
    "ReasoningTokens": (
        *otel("gen_ai.usage.reasoning.output_tokens"),
        *traceloop("gen_ai.usage.reasoning_tokens", "llm.usage.reasoning_tokens"),
        *openinference("llm.token_count.completion_details.reasoning"),
        *ai_sdk("ai.usage.reasoningTokens", "ai.usage.outputTokenDetails.reasoningTokens"),
        *logfire("gen_ai.usage.details.reasoning_tokens"),
        *ai_sdk("ai.response.providerMetadata -> openai.reasoningTokens"),
        *langfuse(
            "langfuse.observation.usage_details -> completion_tokens_details.reasoning_tokens",
            "langfuse.observation.usage_details -> output_tokens_details.reasoning_tokens",
        ),
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
        *ai_sdk("ai.telemetry.metadata.sessionId", "ai.settings.context.sessionId"),
        *other("Laminar", "lmnr.association.properties.session_id"),
        *other(
            "LangSmith", "langsmith.trace.session_id", "langsmith.metadata.session_id", "langsmith.metadata.thread_id"
        ),
        *openinference("metadata.sessionId"),
        *mlflow("mlflow.trace.session"),
        *other("Google ADK", "gcp.vertex.agent.session_id"),
        *other("Genkit", "genkit:sessionId"),
    ),
    "UserId": (
        *langfuse("langfuse.user.id"),
        *otel("user.id", "enduser.id"),
        *traceloop("traceloop.association.properties.user_id"),
        *ai_sdk("ai.telemetry.metadata.userId", "ai.settings.context.userId"),
        *other("Laminar", "lmnr.association.properties.user_id"),
        *other("LangSmith", "langsmith.metadata.user_id"),
        *mlflow("mlflow.trace.user"),
        *traceloop("gen_ai.user", "llm.user"),
        *other("OpenLIT", "gen_ai.request.user"),
    ),
    "Tags": (
        *langfuse("langfuse.trace.tags"),
        *openinference("tag.tags"),
        *ai_sdk("ai.telemetry.metadata.tags", "ai.settings.context.tags"),
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
    "ResponseId": (*otel("gen_ai.response.id"), *ai_sdk("ai.response.id"), *traceloop("llm.response.id")),
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
