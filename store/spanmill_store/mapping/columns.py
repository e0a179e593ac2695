"""The canonical columns, put together: name, type, expression and meaning of each."""

from dataclasses import dataclass
from typing import Final, Literal

from spanmill_store.mapping import content, contents, cost, kinds, tokens
from spanmill_store.mapping.content_sources import CONTENT
from spanmill_store.mapping.contents import Contents
from spanmill_store.mapping.lookup import MAP_TYPE, PAIRS_TYPE, Lookup, attribute, either, first_told
from spanmill_store.mapping.sources import FIELDS, RESOURCE

MAPPING_VERSION: Final = 2
"""Grows with every change to what a column holds; each row says by which version it was mapped."""

PROVIDERS: Final = {
    "vertex_ai": "gcp.vertex_ai",
    "gemini": "gcp.gemini",
    "google": "gcp.gemini",
    "google_genai": "gcp.gemini",
    "gcp.vertex.agent": "gcp.gemini",
    "az.ai.openai": "azure.ai.openai",
    "az.ai.inference": "azure.ai.inference",
    "azure": "azure.ai.openai",
    "xai": "x_ai",
    "bedrock": "aws.bedrock",
    "aws": "aws.bedrock",
    "amazon-bedrock": "aws.bedrock",
    "mistralai": "mistral_ai",
    "mistral": "mistral_ai",
    **{name: name for name in ("openai", "anthropic", "cohere", "groq", "deepseek", "perplexity")},
}
"""Names of providers, deprecated and private ones too → OpenTelemetry's."""

Storage = Literal["DEFAULT", "EPHEMERAL", "ALIAS"]


@dataclass(frozen=True, slots=True)
class CanonicalColumn:
    """
    One column: what it is, and how it follows from the raw columns and other canonical ones.

    Attributes:
        expression: SQL over ``SpanAttributes``, ``ResourceAttributes`` and other columns.
        meaning: One clause for people, which becomes the column's comment.
        storage: DEFAULT is computed once, when a row is stored. ALIAS is computed when it is asked for. EPHEMERAL is a
            step on the way to others, and not kept.
    """

    name: str
    type: str
    expression: str
    meaning: str
    storage: Storage = "DEFAULT"

    def definition(self) -> str:
        """The column as a line of CREATE TABLE."""
        return f"{self.name} {self.type} {self.storage} {self.expression} COMMENT '{self.meaning}'"


FOUND: Final = Lookup(FIELDS)
HELD: Final = Contents(CONTENT)


def _name(field: str) -> str:
    """SQL for a name: MLflow's come in JSON quotes."""
    return f"trim(BOTH '\"' FROM {FOUND.text(field)})"


def of_resource() -> str:
    """SQL for what is known of a resource: an array of the fields of `RESOURCE`, in that order."""
    found = (
        either(*(attribute(source.attribute, "ResourceAttributes") for source in RESOURCE[field])) for field in RESOURCE
    )
    return f"[{', '.join(found)}]"


def _resource(field: str) -> str:
    return f"ResourceFields[{list(RESOURCE).index(field) + 1}]"


def _provider() -> str:
    """SQL for the provider as OpenTelemetry calls it; of the AI SDK's ``openai.responses`` the first word counts."""
    own = [name for name in dict.fromkeys(PROVIDERS.values()) if name not in PROVIDERS]
    known, names = [*PROVIDERS, *own], [*PROVIDERS.values(), *own]
    said = f"lower({_name('Provider')})"
    of_word = f"transform(splitByChar('.', {said})[1], {known}, {names}, '')"
    return first_told(f"transform({said}, {known}, {names}, '')", of_word, said)


def _list(field: str) -> str:
    """SQL for a list of words, from a JSON list or a comma-separated one."""
    found = FOUND.text(field)
    listed = f"if(startsWith({found}, '['), JSONExtract({found}, 'Array(String)'), splitByRegexp(', *', {found}))"
    return f"if({found} = '', [], arrayFilter(word -> word != '', {listed}))"


def _agent_name() -> str:
    """SQL for the agent's name; a span that stands for an agent and gives none is named by itself."""
    own = f"if(SpanType = 'agent', {either(FOUND.text('EntityName'), 'toString(SpanName)')}, '')"
    return either(FOUND.text("AgentName"), own)


def _tool_name() -> str:
    """SQL for the name of the tool that ran. OpenLIT names tools on the calls of models too, which did not run them."""
    named = either(FOUND.text("ToolName"), FOUND.text("EntityName"), "toString(SpanName)")
    return f"if(SpanType = 'tool', {named}, '')"


def _first_chunk() -> str:
    seconds = f"toFloat64OrNull({FOUND.text('TimeToFirstChunkS')}) * 1000000000"
    milliseconds = f"toFloat64OrNull({FOUND.text('TimeToFirstChunkMs')}) * 1000000"
    found = f"ifNull({seconds}, {milliseconds})"
    is_there = FOUND.is_there("TimeToFirstChunkS", "TimeToFirstChunkMs")
    return f"if({is_there}, accurateCastOrNull(round({found}), 'UInt64'), NULL)"


def _column(name: str, type: str, expression: str, meaning: str) -> CanonicalColumn:  # noqa: A002 - ClickHouse's word
    return CanonicalColumn(name, type, expression, meaning)


def _step(name: str, type: str, expression: str, meaning: str) -> CanonicalColumn:  # noqa: A002
    return CanonicalColumn(name, type, expression, meaning, "EPHEMERAL")


def _alias(name: str, type: str, expression: str, meaning: str) -> CanonicalColumn:  # noqa: A002
    return CanonicalColumn(name, type, expression, meaning, "ALIAS")


WORD: Final = "LowCardinality(String)"
COUNT: Final = "Nullable(UInt64)"
LEVEL: Final = FOUND.text("Level")

# What is found among the attributes, each by itself.
_FOUND: Final = (
    _column("Provider", WORD, _provider(), "who served the model"),
    _column("RequestModel", WORD, _name("RequestModel"), "model that was asked for"),
    _column("ResponseModel", WORD, _name("ResponseModel"), "model that answered"),
    _step(
        "Buckets", "Array(Tuple(String, UInt64))", tokens.buckets(FOUND), "tokens in named buckets, as Langfuse counts"
    ),
    *(
        _step(f"Given{field}", COUNT, tokens.given(FOUND, field), f"{field} as the span counts them")
        for field in tokens.GIVEN
    ),
    _step("SaidCost", "Nullable(Float64)", cost.said(FOUND), "what the span says of its cost, plausible or not"),
    _step("ReportedCost", "Nullable(Float64)", cost.reported(), "cost that the span reports"),
    _column("SessionId", "String", _name("SessionId"), "conversation that the span belongs to"),
    _column("UserId", "String", _name("UserId"), "who used the application"),
    _column("FinishReason", WORD, f"arrayStringConcat({_list('FinishReasons')}, ',')", "why the model stopped"),
    _column("Tags", "Array(String)", _list("Tags"), "labels of the application"),
    _column("ResponseId", "String", FOUND.text("ResponseId"), "id that the provider gave the answer"),
    _column("PromptName", WORD, FOUND.text("PromptName"), "managed prompt that was used"),
    _column("PromptVersion", WORD, FOUND.text("PromptVersion"), "version of the managed prompt"),
    _column("ErrorType", WORD, FOUND.text("ErrorType"), "class of the error, where the span names it"),
    _column(
        "IsError",
        "Bool",
        f"StatusCode = 'Error' OR upper({LEVEL}) = 'ERROR'",
        "whether the span failed, by status or level",
    ),
    _column("TimeToFirstChunk", COUNT, _first_chunk(), "nanoseconds until the first chunk of a streamed answer"),
    _column(
        "Environment", WORD, either(FOUND.text("Environment"), _resource("Environment")), "where it runs: production, …"
    ),
    _column("Release", WORD, either(FOUND.text("Release"), _resource("Release")), "version of the service"),
    _column(
        "Source",
        WORD,
        either(FOUND.text("Source"), _resource("Source"), "'production'"),
        "production, experiment, playground or synthetic",
    ),
    _column("MappingVersion", "UInt16", str(MAPPING_VERSION), "version of the mapping that computed these columns"),
)

# What follows from those.
_COUNTED: Final = (
    _column("CachedTokens", COUNT, tokens.cached(), "part of InputTokens that came from a cache"),
    _column("CacheWriteTokens", COUNT, tokens.cache_written(), "part of InputTokens written into a cache"),
    _column("ReasoningTokens", COUNT, tokens.reasoning(), "part of OutputTokens that was reasoning"),
    _column("OutputTokens", COUNT, tokens.output(), "tokens out, reasoning included"),
    _column("InputTokens", COUNT, tokens.input_(), "tokens in, cached and cache-written ones included"),
    _column(
        "SpanType", WORD, kinds.span_type(FOUND, HELD), "llm, tool, retriever, embedding, reranker, agent, chain, …"
    ),
)

_LAST: Final = (
    _column("InputKey", WORD, content.input_key(HELD), "attribute that holds Input, or how many begin"),
    _column("OutputKey", WORD, content.output_key(HELD), "attribute that holds Output, or how many begin"),
    _column("CostUsd", "Nullable(Float64)", cost.cost(), "cost in US dollars, NULL where unknown"),
    _column("IsCostReported", "Bool", "isNotNull(ReportedCost)", "whether CostUsd comes from the span itself"),
    _column("AgentName", WORD, _agent_name(), "agent that acted"),
    _column("ToolName", WORD, _tool_name(), "tool that ran"),
)

OF_ATTRIBUTES: Final = (
    _step("Codes", "Array(UInt32)", contents.codes(FOUND.codes, HELD.codes), "what the names of the attributes mean"),
    _step("Others", "Array(String)", contents.others(), "names of attributes that mean nothing"),
    _step("Contents", "Array(UInt32)", HELD.found(), "codes of the attributes that hold content"),
    _step("Known", PAIRS_TYPE, FOUND.known(), "what is known of the attributes, by code"),
    _step("Fields", MAP_TYPE, FOUND.fields(), "what is known of the attributes, by number"),
    _step("Kind", "String", kinds.said(FOUND), "kind of work as the span says it"),
)
"""What follows from the attributes alone, each from those before it."""

LAYERS: Final = (
    (
        *OF_ATTRIBUTES,
        _step("ResourceFields", "Array(String)", of_resource(), "what is known of the resource"),
    ),
    _FOUND,
    _COUNTED,
    _LAST,
)
"""
What is computed when a row is stored; each layer needs only those before it.

ClickHouse puts the expression of a column in the place of every mention of it, so what is mentioned often must be
short, or be handed in by whoever inserts, as the view on the request table does with the first layer.
"""

ALIASES: Final = (
    _alias("CostSource", WORD, cost.source(), "reported, computed or empty"),
    _alias("ModelName", WORD, either("ResponseModel", "RequestModel"), "model that answered, else the one asked for"),
    _alias("Input", "String", content.held("InputKey"), "what went in; spread over attributes or in events: see spans"),
    _alias(
        "Output", "String", content.held("OutputKey"), "what came out; spread over attributes or in events: see spans"
    ),
)
"""
What is computed when it is asked for: little, since ClickHouse analyzes all of it at every query and every insert,
whether it is asked for or not. The view ``spans`` has the rest.
"""

COLUMNS: Final = (*(column for layer in LAYERS for column in layer), *ALIASES)
STORED: Final = tuple(column for column in COLUMNS if column.storage == "DEFAULT")
"""What is kept, and mapped anew when `MAPPING_VERSION` has grown."""
