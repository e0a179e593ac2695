"""
The canonical columns of ``otel_traces``: what attributes of many names mean, as one declarative table.

A column is computed by ClickHouse when a row is inserted, as the column's DEFAULT over the raw attributes, so it is the
same whoever inserts: spanmill's collector or the OpenTelemetry Collector's ClickHouse exporter. Raw attributes stay as
they came. Names are those of the OpenTelemetry GenAI conventions, current ones first, then deprecated ones.
"""

from dataclasses import dataclass
from typing import Final

MAPPING_VERSION: Final = 1
"""Grows with every change to this table; each row says by which version it was mapped."""

OPERATION_TYPES: Final = {
    "chat": "llm",
    "generate_content": "llm",
    "text_completion": "llm",
    "embeddings": "embedding",
    "retrieval": "retriever",
    "execute_tool": "tool",
    "create_agent": "agent",
    "invoke_agent": "agent",
    "invoke_workflow": "chain",
}
"""``gen_ai.operation.name`` → ``SpanType``."""


@dataclass(frozen=True, slots=True)
class CanonicalColumn:
    """
    One column: what it is, and how it follows from the raw columns and the canonical ones before it.

    Attributes:
        expression: SQL over ``SpanAttributes``, ``ResourceAttributes`` and other columns.
        meaning: One clause for people, which becomes the column's comment.
    """

    name: str
    type: str
    expression: str
    meaning: str

    def definition(self) -> str:
        """The column as a line of CREATE TABLE."""
        codec = " CODEC(ZSTD(1))" if self.type == "String" else ""
        return f"{self.name} {self.type} DEFAULT {self.expression} COMMENT '{self.meaning}'{codec}"


def first(*names: str, of: str = "SpanAttributes") -> str:
    """SQL for the first of the attributes *names* that is not empty, else the empty string."""
    if len(names) == 1:
        return f"{of}['{names[0]}']"
    tried = ", ".join(f"nullIf({of}['{name}'], '')" for name in names)
    return f"coalesce({tried}, '')"


def count(*names: str) -> str:
    """SQL for a whole number from the first of *names*; NULL where there is none, never 0."""
    return f"toUInt64OrNull({first(*names)})"


def texts(messages: str, role: str, *, only_last: bool = False) -> str:
    """SQL for the plain text in JSON *messages* of *role*: all of it, or that of the last such message."""
    chosen = f"arrayFilter(m -> JSONExtractString(m, 'role') = '{role}', JSONExtractArrayRaw({messages}))"
    parts = "arrayFilter(p -> JSONExtractString(p, 'type') = 'text', JSONExtractArrayRaw(m, 'parts'))"
    text = f"arrayStringConcat(arrayMap(p -> JSONExtractString(p, 'content'), {parts}), '\\n')"
    taken = f"arraySlice({chosen}, -1)" if only_last else chosen
    return f"arrayStringConcat(arrayMap(m -> {text}, {taken}), '\\n')"


def span_type() -> str:
    """SQL for the kind of work that a span stands for."""
    operations, types = list(OPERATION_TYPES), list(OPERATION_TYPES.values())
    known = f"transform(SpanAttributes['gen_ai.operation.name'], {operations}, {types}, '')"
    is_model_call = f"RequestModel != '' AND (isNotNull(InputTokens) OR {first('gen_ai.input.messages')} != '')"
    guessed = f"multiIf(SpanAttributes['gen_ai.tool.name'] != '', 'tool', {is_model_call}, 'llm', 'other')"
    return f"coalesce(nullIf({known}, ''), {guessed})"


SYSTEM_INSTRUCTIONS: Final = "SpanAttributes['gen_ai.system_instructions']"
FINISH_REASONS: Final = "JSONExtract(SpanAttributes['gen_ai.response.finish_reasons'], 'Array(String)')"
SOURCES: Final = (
    "coalesce(nullIf(SpanAttributes['spanmill.source'], ''), nullIf(ResourceAttributes['spanmill.source'], ''))"
)

COLUMNS: Final = (
    CanonicalColumn(
        "Provider",
        "LowCardinality(String)",
        first("gen_ai.provider.name", "gen_ai.system"),
        "who served the model",
    ),
    CanonicalColumn(
        "RequestModel", "LowCardinality(String)", first("gen_ai.request.model"), "model that was asked for"
    ),
    CanonicalColumn("ResponseModel", "LowCardinality(String)", first("gen_ai.response.model"), "model that answered"),
    CanonicalColumn(
        "InputTokens",
        "Nullable(UInt64)",
        count("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
        "tokens in, cached ones included",
    ),
    CanonicalColumn(
        "OutputTokens",
        "Nullable(UInt64)",
        count("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
        "tokens out, reasoning included",
    ),
    CanonicalColumn(
        "CachedTokens",
        "Nullable(UInt64)",
        count("gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens"),
        "part of InputTokens that came from a cache",
    ),
    CanonicalColumn(
        "ReasoningTokens",
        "Nullable(UInt64)",
        count("gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens"),
        "part of OutputTokens that was reasoning",
    ),
    CanonicalColumn("SpanType", "LowCardinality(String)", span_type(), "llm, tool, retriever, embedding, agent, …"),
    CanonicalColumn(
        "Input",
        "String",
        first("gen_ai.input.messages", "gen_ai.tool.call.arguments", "gen_ai.retrieval.query.text", "gen_ai.prompt"),
        "what went in, as it was sent: for models and agents a JSON list of messages",
    ),
    CanonicalColumn(
        "Output",
        "String",
        first("gen_ai.output.messages", "gen_ai.tool.call.result", "gen_ai.retrieval.documents", "gen_ai.completion"),
        "what came out, as it was sent",
    ),
    CanonicalColumn(
        "InputText",
        "String",
        f"if(startsWith(Input, '['), {texts('Input', 'user', only_last=True)}, '')",
        "text of the last user message in Input, where Input is a list of messages",
    ),
    CanonicalColumn(
        "OutputText",
        "String",
        f"if(startsWith(Output, '['), {texts('Output', 'assistant')}, '')",
        "text of the answer in Output, where Output is a list of messages",
    ),
    CanonicalColumn(
        "SystemPrompt",
        "String",
        f"coalesce(nullIf({SYSTEM_INSTRUCTIONS}, ''), if(startsWith(Input, '['), {texts('Input', 'system')}, ''))",
        "instructions to the model",
    ),
    CanonicalColumn(
        "CostUsd",
        "Nullable(Float64)",
        f"toFloat64OrNull({first('gen_ai.usage.cost.amount', 'gen_ai.usage.cost')})",
        "cost in US dollars, NULL where unknown",
    ),
    CanonicalColumn(
        "CostSource", "LowCardinality(String)", "if(isNull(CostUsd), '', 'reported')", "reported, computed or empty"
    ),
    CanonicalColumn(
        "SessionId", "String", first("session.id", "gen_ai.conversation.id"), "conversation that the span belongs to"
    ),
    CanonicalColumn("UserId", "String", first("user.id", "enduser.id"), "who used the application"),
    CanonicalColumn("AgentName", "LowCardinality(String)", first("gen_ai.agent.name"), "agent that acted"),
    CanonicalColumn("ToolName", "LowCardinality(String)", first("gen_ai.tool.name"), "tool that ran"),
    CanonicalColumn(
        "FinishReason", "LowCardinality(String)", f"arrayStringConcat({FINISH_REASONS}, ',')", "why the model stopped"
    ),
    CanonicalColumn(
        "Tags", "Array(String)", "JSONExtract(SpanAttributes['tag.tags'], 'Array(String)')", "labels of the application"
    ),
    CanonicalColumn(
        "Environment",
        "LowCardinality(String)",
        first("deployment.environment.name", "deployment.environment", of="ResourceAttributes"),
        "where it runs: production, staging, …",
    ),
    CanonicalColumn(
        "Release", "LowCardinality(String)", first("service.version", of="ResourceAttributes"), "version of the service"
    ),
    CanonicalColumn(
        "Source",
        "LowCardinality(String)",
        f"coalesce({SOURCES}, 'production')",
        "production, experiment, playground or synthetic",
    ),
    CanonicalColumn(
        "MappingVersion", "UInt16", str(MAPPING_VERSION), "version of the table that computed these columns"
    ),
)
