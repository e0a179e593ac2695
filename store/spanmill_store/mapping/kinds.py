"""What a span stands for: the words of every dialect, translated into ``SpanType``."""

from collections.abc import Mapping
from typing import Final

from spanmill_store.mapping import indexed
from spanmill_store.mapping.contents import Contents
from spanmill_store.mapping.lookup import Lookup, first_told

WORDS: Final[dict[str, tuple[str, ...]]] = {
    "llm": (
        "llm",
        "chat",
        "chat_model",
        "completion",
        "generation",
        "generate_content",
        "text_completion",
        "model",
        "ai.generatetext.dogenerate",
        "ai.streamtext.dostream",
        "ai.generateobject.dogenerate",
        "ai.streamobject.dostream",
    ),
    "tool": ("tool", "execute_tool", "ai.toolcall"),
    "retriever": (
        "retriever",
        "retrieval",
        "search_memory",
        "vectordb",
        "vector_db_retrieve",
        "indexer",
        "chroma",
        "pinecone",
        "qdrant",
        "milvus",
        "weaviate",
        "lancedb",
        "marqo",
    ),
    "embedding": ("embedding", "embeddings", "embedder", "ai.embed.doembed", "ai.embedmany.doembed"),
    "reranker": ("reranker", "rerank", "ai.rerank.dorerank"),
    "agent": ("agent", "invoke_agent", "create_agent"),
    "chain": (
        "chain",
        "invoke_workflow",
        "plan",
        "agent_step",
        "parser",
        "prompt",
        "execute_task",
        "execute_event_loop_cycle",
        "executor",
        "function",
        "flow",
        "framework",
        "ai.generatetext",
        "ai.streamtext",
        "ai.generateobject",
        "ai.streamobject",
        "ai.embed",
        "ai.embedmany",
        "ai.rerank",
    ),
    "guardrail": ("guardrail",),
    "evaluator": ("evaluator", "evaluation", "score", "human_evaluator"),
}
"""
``SpanType`` → words that mean it, in lower case. What is not here (span, event, unknown, …) says nothing: the next
source is asked. The outer spans of the AI SDK are chains, for the calls of the model lie within them.
"""

WEAK: Final = ("workflow", "task")
"""Words that count only when nobody says more: OpenLLMetry's decorators stand around calls of every kind."""


MESSAGES: Final = ("gen_ai.input.messages", "gen_ai.output.messages")
"""Content that only the call of a model has; lists that are spread over many attributes are such content, too."""


def said(lookup: Lookup) -> str:
    """SQL for the kind of work as the span says it, empty where it does not."""
    return f"arrayFirst(kind -> kind != '', {_translated(lookup, WORDS)})"


def span_type(lookup: Lookup, contents: Contents) -> str:
    """SQL for the kind of work: what the span says, else what its attributes look like."""
    weakly = f"arrayFirst(kind -> kind != '', {_translated(lookup, {'chain': WEAK})})"
    has_usage = "isNotNull(GivenInputTokens) OR notEmpty(Buckets)"
    has_list = " OR ".join(indexed.occurs(start) for start in (*indexed.INPUTS, *indexed.OUTPUTS))
    has_content = f"({has_usage} OR {contents.has_any(*MESSAGES)} OR {has_list})"
    is_model_call = f"(RequestModel != '' OR ResponseModel != '') AND {has_content}"
    guessed = f"multiIf({lookup.is_there('ToolName')}, 'tool', {is_model_call}, 'llm', 'other')"
    return first_told("Kind", weakly, guessed)


def _translated(lookup: Lookup, words: Mapping[str, tuple[str, ...]]) -> str:
    """SQL for the kinds that the span's *words* mean, empty where they mean none. MLflow's come in JSON quotes."""
    pairs = [(word, kind) for kind, known in words.items() for word in known]
    known, kinds = [word for word, _ in pairs], [kind for _, kind in pairs]
    word = "lower(trim(BOTH '\"' FROM value))"
    return f"arrayMap(value -> transform({word}, {known}, {kinds}, ''), {lookup.each('Kind')})"
