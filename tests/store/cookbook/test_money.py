"""Questions about cost and tokens are answered as the facts say."""

from collections.abc import Iterable

import pytest

from .conftest import Kitchen
from .facts import Call, Turn
from .figures import Row, grouped, ordered, same

pytestmark = pytest.mark.clickhouse


def tokens_and_cost(calls: Iterable[Call]) -> Row:
    """What *calls* come to."""
    known = list(calls)
    return {
        "calls": len(known),
        "input_tokens": sum(call.input_tokens for call in known),
        "output_tokens": sum(call.output_tokens for call in known),
        "usd": sum(call.cost or 0 for call in known),
        "unpriced": sum(call.cost is None for call in known),
    }


def calls_of(turns: Iterable[Turn]) -> list[tuple[Turn, Call]]:
    """All calls of *turns*."""
    return [(turn, call) for turn in turns for call in turn.calls]


@pytest.mark.parametrize("days", [1, 7, 30])
def test_cost_per_user(kitchen: Kitchen, days: int) -> None:
    """Each user pays for the calls of their traces, and unknown prices are counted."""
    by_user = grouped(calls_of(kitchen.turns(days, every_source=True)), lambda pair: pair[0].user)
    rows = [{"user": user, **tokens_and_cost(call for _, call in pairs)} for user, pairs in by_user.items()]
    assert kitchen.ask("cost_per_user", days=days) == same(ordered(rows, "-usd", "user"))


def test_the_limit_keeps_the_most_expensive(kitchen: Kitchen) -> None:
    """Of a list that is cut the first rows are left."""
    assert kitchen.ask("cost_per_user", limit=2) == same(kitchen.ask("cost_per_user")[:2])


def test_cost_per_model_and_day(kitchen: Kitchen) -> None:
    """Days are those of UTC, the newest first."""
    pairs = calls_of(kitchen.turns(3, every_source=True))
    by_day = grouped(pairs, lambda pair: (pair[0].start.date(), pair[1].model))
    rows = [
        {"day": day, "model": model, **tokens_and_cost(call for _, call in found)}
        for (day, model), found in by_day.items()
    ]
    assert kitchen.ask("cost_per_model_and_day", days=3) == same(ordered(rows, "-day", "-usd", "model"))


def test_expensive_traces(kitchen: Kitchen) -> None:
    """Traces with a cost, the dearest first, their calls summed once."""
    rows = [
        {
            "trace": turn.trace_id, "start": turn.start, "name": "invoke_agent bot", "user": turn.user,
            "calls": len(turn.calls), "input_tokens": turn.input_tokens, "output_tokens": turn.output_tokens,
            "usd": turn.cost, "models": sorted({call.model for call in turn.calls}),
        }
        for turn in kitchen.turns(2, every_source=True)
        if turn.cost
    ]  # fmt: skip
    assert kitchen.ask("expensive_traces", days=2) == same(ordered(rows, "-usd", "trace"))


def test_unpriced_models(kitchen: Kitchen) -> None:
    """Only the model without a price, with all that it was used for."""
    calls = [call for _, call in calls_of(kitchen.turns(every_source=True)) if call.cost is None]
    total = tokens_and_cost(calls)
    del total["usd"]
    assert kitchen.ask("unpriced_models") == [{"model": "local-llama", **total}]


def test_cache_hits(kitchen: Kitchen) -> None:
    """Cached tokens are a part of the input tokens, not beside them."""
    by_model = grouped((call for _, call in calls_of(kitchen.turns(every_source=True))), lambda call: call.model)
    rows = []
    for model, calls in by_model.items():
        read, cached = sum(call.input_tokens for call in calls), sum(call.cached_tokens for call in calls)
        rows.append({"model": model, "input_tokens": read, "cached_tokens": cached, "share": cached / read})
    assert kitchen.ask("cache_hits") == same(ordered(rows, "-input_tokens", "model"))


def test_reasoning_share(kitchen: Kitchen) -> None:
    """Models that do not tell how much they reasoned are not in it."""
    pairs = calls_of(kitchen.turns(every_source=True))
    calls = [call for _, call in pairs if call.reasoning_tokens is not None]
    written, reasoned = sum(c.output_tokens for c in calls), sum(c.reasoning_tokens or 0 for c in calls)
    assert kitchen.ask("reasoning_share") == same(
        [
            {
                "model": "alpha-large", "calls": len(calls), "output_tokens": written, "reasoning_tokens": reasoned,
                "share": reasoned / written,
            }
        ]
    )  # fmt: skip


@pytest.mark.parametrize("hours", [4, 24])
def test_against_yesterday(kitchen: Kitchen, hours: int) -> None:
    """The last hours beside the same hours a day before."""
    everything = kitchen.turns(30, every_source=True, noise=True)
    rows = []
    for service, turns in grouped(everything, lambda turn: turn.service).items():
        row: Row = {"service": service}
        for when, start in (("now", 0), ("then", 24)):
            found = [turn for turn in turns if start < turn.age_h < start + hours]
            row[f"calls_{when}"] = sum(len(turn.calls) for turn in found)
            row[f"failed_traces_{when}"] = sum(turn.errors > 0 for turn in found)
            row[f"tokens_{when}"] = sum(turn.input_tokens + turn.output_tokens for turn in found)
            row[f"usd_{when}"] = sum(turn.cost or 0 for turn in found)
        row["usd_change"] = row["usd_now"] / row["usd_then"] - 1 if row["usd_then"] else None
        rows.append(row)
    assert kitchen.ask("against_yesterday", hours=hours) == same(ordered(rows, "-usd_now", "service"))
