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
        is_stored: Whether it is computed once, at insert. Content is not: it lies in the attributes already, so a
            second copy would cost more than all other columns together, and it is looked up when it is asked for.
    """

    name: str
    type: str
    expression: str
    meaning: str
    is_stored: bool = True

    def definition(self) -> str:
        """The column as a line of CREATE TABLE."""
        kind = "DEFAULT" if self.is_stored else "ALIAS"
        return f"{self.name} {self.type} {kind} {self.expression} COMMENT '{self.meaning}'"


def attribute(name: str, of: str = "SpanAttributes") -> str:
    """
    SQL for the attribute *name*, the empty string where there is none.

    The usual ``SpanAttributes['…']`` compares strings in every row. This compares the numbers under which the block's
    dictionary holds them, which takes a fifth of the time.
    """
    return f"mapValues({of})[indexOf(mapKeys({of}), '{name}')]"


def first(*names: str, of: str = "SpanAttributes") -> str:
    """SQL for the first of the attributes *names* that is not empty, else the empty string."""
    if len(names) == 1:
        return attribute(names[0], of)
    tried = ", ".join(f"nullIf({attribute(name, of)}, '')" for name in names)
    return f"coalesce({tried}, '')"


def count(*names: str) -> str:
    """SQL for a whole number from the first of *names*; NULL where there is none, never 0."""
    return f"toUInt64OrNull({first(*names)})"


MESSAGES: Final = "Array(Tuple(role String, parts Array(Tuple(type String, content String))))"


def messages(column: str) -> str:
    """SQL for the list of messages in *column*, empty where it holds something else."""
    return f"JSONExtract(if(startsWith({column}, '['), {column}, ''), '{MESSAGES}')"


def last_said_by(role: str, column: str) -> str:
    """SQL for the text of the last message from *role* in *column*, or all of it where it is no list of messages."""
    parts = f"{messages(column)}.parts"
    last = f"arrayLastIndex(r -> r = '{role}', {messages(column)}.role)"
    return readable(column, f"({parts}.content)[{last}]", f"({parts}.type)[{last}]")


def all_said(column: str) -> str:
    """SQL for the text of all messages in *column*, or all of it where it is no list of messages."""
    parts = f"{messages(column)}.parts"
    return readable(column, f"arrayFlatten({parts}.content)", f"arrayFlatten({parts}.type)")


def readable(column: str, contents: str, types: str) -> str:
    """SQL for the text parts among *contents*, one a line, where *column* is a list of messages."""
    text = f"arrayStringConcat(arrayFilter((content, type) -> type = 'text', {contents}, {types}), '\\n')"
    return f"if(arrayExists(role -> role != '', {messages(column)}.role), {text}, {column})"


def span_type() -> str:
    """SQL for the kind of work that a span stands for."""
    operations, types = list(OPERATION_TYPES), list(OPERATION_TYPES.values())
    known = f"transform({attribute('gen_ai.operation.name')}, {operations}, {types}, '')"
    is_model_call = f"RequestModel != '' AND (isNotNull(InputTokens) OR {first('gen_ai.input.messages')} != '')"
    guessed = f"multiIf({attribute('gen_ai.tool.name')} != '', 'tool', {is_model_call}, 'llm', 'other')"
    return f"coalesce(nullIf({known}, ''), {guessed})"


FINISH_REASONS: Final = f"JSONExtract({attribute('gen_ai.response.finish_reasons')}, 'Array(String)')"
SOURCES: Final = ", ".join(
    f"nullIf({attribute('spanmill.source', of)}, '')" for of in ("SpanAttributes", "ResourceAttributes")
)
SYSTEM_MESSAGE: Final = f"if(startsWith(Input, '['), {last_said_by('system', 'Input')}, '')"

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
        is_stored=False,
    ),
    CanonicalColumn(
        "Output",
        "String",
        first("gen_ai.output.messages", "gen_ai.tool.call.result", "gen_ai.retrieval.documents", "gen_ai.completion"),
        "what came out, as it was sent",
        is_stored=False,
    ),
    CanonicalColumn(
        "InputText",
        "String",
        last_said_by("user", "Input"),
        "text of the last user message in Input, or Input itself where it is no list of messages",
        is_stored=False,
    ),
    CanonicalColumn(
        "OutputText",
        "String",
        all_said("Output"),
        "text of the answer in Output, or Output itself where it is no list of messages",
        is_stored=False,
    ),
    CanonicalColumn(
        "SystemPrompt",
        "String",
        f"coalesce(nullIf({attribute('gen_ai.system_instructions')}, ''), {SYSTEM_MESSAGE})",
        "instructions to the model",
        is_stored=False,
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
        "Tags", "Array(String)", f"JSONExtract({attribute('tag.tags')}, 'Array(String)')", "labels of the application"
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
