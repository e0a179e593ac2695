"""Keeping what judges were asked: each call becomes a trace, and its score knows which one and what it cost."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from spanmill_scoring.rules.loaded import LoadedRule
from spanmill_store import judge_calls
from spanmill_store.client import Store
from spanmill_store.errors import StoreError
from spanmill_store.judge_calls import JudgeCall
from spanmill_store.targets import TargetId

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a judge's score comes from: the trace of the call, '' where none is kept, and its cost in US dollars."""

    trace_id: str = ""
    cost_usd: float | None = None


Keep = Callable[[Store, LoadedRule, Mapping[TargetId, JudgeCall]], dict[TargetId, Origin]]
"""Does something with calls of a judge, and returns where scores come from."""


def only_priced(store: Store, _loaded: LoadedRule, calls: Mapping[TargetId, JudgeCall]) -> dict[TargetId, Origin]:
    """Return what *calls* cost, and store nothing."""
    costs = judge_calls.costs(store, calls.values()) if calls else {}
    return {target: Origin("", costs.get(call.trace_id)) for target, call in calls.items()}


def keep(store: Store, loaded: LoadedRule, calls: Mapping[TargetId, JudgeCall]) -> dict[TargetId, Origin]:
    """
    Store *calls* and return where the scores come from. Never raises: a verdict is worth more than its trace.

    Should ClickHouse be away, whoever stores the scores next will say so.
    """
    if not calls:
        return {}
    costs: dict[str, float] = {}
    is_kept = False
    try:
        judge_calls.insert(store, loaded.name, loaded.version, calls)
        is_kept = True
        costs = judge_calls.costs(store, calls.values())
    except (StoreError, ValueError) as error:
        what = "what they cost is unknown" if is_kept else "they have no traces"
        logger.warning("rule %s: of %d calls of its judge %s: %s", loaded.name, len(calls), what, error)
    return {
        target: Origin(call.trace_id if is_kept else "", costs.get(call.trace_id)) for target, call in calls.items()
    }
