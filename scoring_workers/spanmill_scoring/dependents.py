"""Deciding about targets whose rule asks for more than their row: by what the other rules said of them."""

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from spanmill_scoring.rules.loaded import LoadedRule
from spanmill_scoring.sampling import position
from spanmill_store import ledger
from spanmill_store.client import Store
from spanmill_store.errors import QueryRejected
from spanmill_store.ledger import LedgerRow, Sampled
from spanmill_store.scoring import dependents
from spanmill_store.scoring.dependents import SHARE, Conditions, Need, Ready
from spanmill_store.scoring.parts import Part

logger = logging.getLogger(__name__)

GONE: Final = "its spans are no longer stored"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def reason_of(loaded: LoadedRule) -> str:
    """What a held target of *loaded* waits for."""
    if not loaded.needs:
        return "it waits to be decided about by its trace"
    return f"it waits for what {', '.join(name for name, _ in loaded.needs)} says"


def hold(store: Store, loaded: LoadedRule, found: Iterable[Part], *, now_ns: int) -> int:
    """Enter what is complete into the ledger of *loaded* as held, and return how many rows that were."""
    return dependents.hold(store, loaded.planned, found, reason=reason_of(loaded), now_ns=now_ns)


def decide(store: Store, loaded: LoadedRule, in_force: Collection[Need], now_ns: int) -> int:
    """
    Decide about the held targets of *loaded* that need not wait any longer, and return how many that were.

    A rule that is not in force any more says nothing, so it is not waited for.
    """
    needs = [need for need in loaded.needs if need in in_force]
    found = dependents.ready(store, loaded.planned, needs)
    now = _EPOCH + timedelta(microseconds=now_ns // 1000)
    for start in range(0, len(found), SHARE):
        ledger.insert(store, _decided(store, loaded, needs, found[start : start + SHARE], now))
    return len(found)


def _decided(
    store: Store, loaded: LoadedRule, needs: Sequence[Need], found: Sequence[Ready], now: datetime
) -> list[LedgerRow]:
    """The rows of *found*; where ClickHouse refuses a condition, halve until the target at fault stands alone."""
    try:
        said = dict(dependents.conditions(store, loaded.planned, needs, [one.target for one in found]))
    except QueryRejected as error:
        if len(found) == 1:
            return [_row(loaded, found[0], "scorer_error", f"its condition cannot be computed: {error}", now)]
        middle = len(found) // 2
        parts = (found[:middle], found[middle:])
        return [row for part in parts for row in _decided(store, loaded, needs, part, now)]
    return [_decision(loaded, one, said.get(one.target), now) for one in found]


def _decision(loaded: LoadedRule, ready: Ready, said: Conditions | None, now: datetime) -> LedgerRow:
    if said is None:
        return _row(loaded, ready, "filtered", GONE, now)
    planned = loaded.planned
    rate, stratum = max(_rates(loaded, said), key=lambda pair: pair[0])
    if not ready.was_in:
        if said.source not in planned.sources:
            return _row(loaded, ready, "filtered", f"its source is {said.source}", now)
        if not said.holds[0]:
            return _row(loaded, ready, "filtered", "", now)
        place = position(ready.target.trace_id or ready.target.session_id, planned.salt)
        if place >= rate:
            return _row(loaded, ready, "sampled_out", "", now, rate * said.sent, stratum)
    return _row(loaded, ready, "waiting", "", now, max(rate * said.sent, ready.probability), stratum)


def _rates(loaded: LoadedRule, said: Conditions) -> Iterator[tuple[float, str]]:
    """The rates that apply to a target, each with the name of its stratum; the rule's own first."""
    yield loaded.planned.rate, ""
    for stratum, holds in zip(loaded.planned.strata, said.holds[1:], strict=True):
        if holds:
            yield stratum.rate, stratum.name


def _row(
    loaded: LoadedRule,
    ready: Ready,
    state: str,
    reason: str,
    now: datetime,
    probability: float = 1.0,
    stratum: str = "",
) -> LedgerRow:
    sampled = Sampled(ready.revision, probability, stratum)
    return LedgerRow(ready.target, loaded.name, loaded.version, state, reason, now, sampled)
