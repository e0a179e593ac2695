"""
What a call cost: as its instrumentation says, else computed from its tokens and the price of its model, else unknown.

Prices lie in the table ``model_prices`` (see `spanmill_store.prices`) and are looked up through a dictionary, by the
provider and the name that the span gives, then by the name alone, on the span's day in UTC. A price may have tiers,
each a list: from so many input tokens on it holds for the whole call; then what a million tokens cost that came in,
came from a cache, were written into one, or went out; then what a call costs.
"""

from typing import Final

from spanmill_store.mapping.lookup import Lookup, bound

DICTIONARY: Final = "model_price"

MAX_REPORTED: Final = "1e9"
"""No call costs so many dollars."""

SELF_HOSTED: Final = (
    "ollama",
    "vllm",
    "lmstudio",
    "lm_studio",
    "llama.cpp",
    "llama_cpp",
    "llamacpp",
    "localai",
    "sglang",
)
"""Providers on machines of the user's own: what a model of that name costs elsewhere is not what it costs there."""


def said(lookup: Lookup) -> str:
    """SQL for the cost in US dollars that the span itself reports, plausible or not: else the sum of its buckets."""
    buckets = f"arraySum(JSONExtractKeysAndValues({lookup.text('CostDetails')}, 'Float64').2)"
    return f"if({lookup.is_there('ReportedCost')}, toFloat64OrNull({lookup.text('ReportedCost')}), {buckets})"


def reported() -> str:
    """
    SQL for the cost in US dollars that the span itself reports, NULL where it does not.

    Zero is no report: several libraries write it where they know no price. Nor is what cannot be a cost, such as NaN,
    which would make every sum that it is in NaN too.
    """
    return f"if(SaidCost > 0 AND SaidCost < {MAX_REPORTED}, SaidCost, NULL)"


def cost() -> str:
    """SQL for the cost in US dollars: the reported one, else that of the price list, NULL where there is no price."""
    is_needed = "isNull(ReportedCost) AND (isNotNull(GivenInputTokens) OR notEmpty(Buckets))"
    return f"if({is_needed}, {computed()}, ReportedCost)"


def computed() -> str:
    """SQL for the cost in US dollars by the price list; NULL where there is no price."""
    names = {
        "provider": "toString(Provider)",
        "model": "lower(firstNonDefault(ResponseModel, RequestModel))",
        "input": "InputTokens",
        "cached": "toFloat64(ifNull(CachedTokens, 0))",
        "written": "toFloat64(ifNull(CacheWriteTokens, 0))",
        "output": "toFloat64(ifNull(OutputTokens, 0))",
    }
    anyones = f"if(provider IN {SELF_HOSTED}, provider, '')"
    tiers = f"if(notEmpty({_tiers('provider')}), {_tiers('provider')}, {_tiers(anyones)})"
    tier = {"tier": f"arrayLast(tier -> tier[1] <= input, {tiers})"}
    # Cached tokens and those written into a cache are parts of the input: they cost the difference to its price.
    prices = "[tier[2], tier[3] - tier[2], tier[4] - tier[2], tier[5], tier[6]]"
    total = f"arrayDotProduct([toFloat64(ifNull(input, 0)), cached, written, output, 1000000], {prices}) / 1000000"
    return bound(names, bound(tier, f"if(empty(tier), NULL, {total})"))


def source() -> str:
    """SQL for where the cost comes from."""
    return "multiIf(isNull(CostUsd), '', IsCostReported, 'reported', 'computed')"


def _tiers(provider: str) -> str:
    return f"dictGet('{DICTIONARY}', 'Tiers', ({provider}, model), toDate(Timestamp, 'UTC'))"
