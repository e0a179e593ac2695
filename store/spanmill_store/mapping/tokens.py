"""
Token counts: input and output as OpenTelemetry means them, with everything that a provider bills as such included.

Cached tokens and tokens written into a cache are parts of the input, reasoning is a part of the output. Dialects that
count those beside the input (Langfuse's buckets, Anthropic's raw usage) are recognised and added up.
"""

from typing import Final

from spanmill_store.mapping.lookup import Lookup, bound

GIVEN: Final = ("InputTokens", "OutputTokens", "TotalTokens", "CachedTokens", "CacheWriteTokens", "ReasoningTokens")
"""Counts as the span gives them, from which the columns follow."""


def buckets(lookup: Lookup) -> str:
    """SQL for Langfuse's buckets, which exclude each other and are named freely, such as input_cached_tokens."""
    return f"JSONExtractKeysAndValues({lookup.text('UsageDetails')}, 'UInt32')"


def given(lookup: Lookup, field: str) -> str:
    """
    SQL for one of the counts that the span gives, NULL where it gives no number.

    What does not fit into 32 bits is no count of tokens; counted, it would make sums overflow.
    """
    return f"toUInt32OrNull({lookup.text(field)})"


def input_() -> str:
    """SQL for all tokens that went in; NULL where the span says nothing, never 0."""
    # More cached than came in at all, or a total that only adds up with the cached ones: they were counted beside it.
    is_beside = "greatest(cached, written) > given OR total = given + output + cached + written"
    names = {
        "given": "GivenInputTokens",
        "total": "GivenTotalTokens",
        "cached": "ifNull(CachedTokens, 0)",
        "written": "ifNull(CacheWriteTokens, 0)",
        "output": "ifNull(OutputTokens, 0)",
    }
    counted = bound(names, f"given + if({is_beside}, cached + written, 0)")
    return _bucketed("match(bucket.1, '^(input|prompt|cache_)')", counted)


def output() -> str:
    """SQL for all tokens that came out."""
    counted = "GivenOutputTokens + if(ReasoningTokens > GivenOutputTokens, assumeNotNull(ReasoningTokens), 0)"
    return _bucketed("match(bucket.1, '^(output|completion)')", counted)


def cached() -> str:
    """SQL for the part of the input that came from a cache."""
    return _bucketed("match(bucket.1, 'cached|cache_read')", "GivenCachedTokens")


def cache_written() -> str:
    """SQL for the part of the input that was written into a cache."""
    return _bucketed("match(bucket.1, 'cache_creation|cache_write')", "GivenCacheWriteTokens")


def reasoning() -> str:
    """SQL for the part of the output that was reasoning."""
    return _bucketed("match(bucket.1, 'reasoning')", "GivenReasoningTokens")


def _bucketed(is_wanted: str, otherwise: str) -> str:
    """SQL for the sum of the buckets that are wanted, *otherwise* where there are none."""
    wanted = f"arrayFilter(bucket -> {is_wanted}, Buckets)"
    return f"if(empty({wanted}), {otherwise}, arraySum(bucket -> bucket.2, {wanted}))"
