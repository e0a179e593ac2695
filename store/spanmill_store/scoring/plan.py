"""The planner's decisions, made inside ClickHouse: which complete targets of rules wait, are out, or do not matter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from spanmill_store.client import Store
from spanmill_store.scoring.predicates import Scope
from spanmill_store.scoring.templates import filled

QUERIES: Final[Mapping[Scope, str]] = {"trace": "scoring/plan_traces", "span": "scoring/plan_spans"}
"""Queries that decide, by scope."""

NOBODY: Final = "-"
"""No planner is called so."""

SHARE: Final = 20_000
"""Traces that are decided about in one query."""


@dataclass(frozen=True, slots=True)
class Stratum:
    """
    A part of a rule's targets that has a rate of its own.

    Attributes:
        where: Checked SQL (`spanmill_store.scoring.predicates.checked_expression`).
        rate: In [0, 1].
    """

    name: str
    where: str
    rate: float


@dataclass(frozen=True, slots=True)
class PlannedRule:
    """
    What decides about a target of one rule.

    Attributes:
        where: Checked SQL, or None for every target.
        rate: In [0, 1], of what belongs to no stratum; of several that apply the highest counts.
        salt: Rules with the same salt sample the same traces.
        sources: Of the traffic that is looked at.
    """

    name: str
    version: str
    scope: Scope
    where: str | None
    rate: float
    strata: tuple[Stratum, ...]
    salt: str
    sources: tuple[str, ...]

    @property
    def conditions(self) -> str:
        """Whether the rule wants a row, and of which strata it is: an array in SQL."""
        parts = [self.where or "1", *(stratum.where for stratum in self.strata)]
        return "[" + ", ".join(f"if({part}, 1, 0)" for part in parts) + "]"


def clock_ns(store: Store) -> int:
    """Return the server's time, nanoseconds since 1970."""
    return int(store.rows("scoring/clock")[0]["NowNs"])


def plan(store: Store, rules: Sequence[PlannedRule], *, since_ns: int, now_ns: int, but: str = NOBODY) -> int:
    """
    Enter every target of traces that became complete after a time into the ledgers of *rules*.

    The rules have one scope and are decided about in one query, for analyzing one costs more than a thousand traces do.
    Traces that the planner *but* found are left out. Returns how many rows that were; running it twice changes nothing.
    Times are nanoseconds since 1970.

    Raises:
        QueryRejected: ClickHouse cannot compute one of the conditions.
    """
    if not rules:
        return 0
    [row] = store.rows("scoring/count_fresh", since_ns=since_ns, but=but)
    shares = -(-int(row["Fresh"]) // SHARE)
    statement = filled(QUERIES[rules[0].scope], {"conditions": conditions_of(rules)})
    params = {**params_of(rules), "since_ns": since_ns, "now_ns": now_ns, "but": but, "shares": shares}
    return sum(store.execute(statement, {**params, "share": share}) for share in range(shares))


def conditions_of(rules: Sequence[PlannedRule]) -> str:
    """SQL for what the *rules* want: an array of theirs."""
    return f"[{', '.join(rule.conditions for rule in rules)}]"


def params_of(rules: Sequence[PlannedRule]) -> dict[str, Any]:
    """What else decides about their targets, as parameters of the queries."""
    return {
        "rules": [rule.name for rule in rules],
        "versions": [rule.version for rule in rules],
        "samples": [[rule.rate, *(stratum.rate for stratum in rule.strata)] for rule in rules],
        "strata": [["", *(stratum.name for stratum in rule.strata)] for rule in rules],
        "salts": [rule.salt for rule in rules],
        "sources": [list(rule.sources) for rule in rules],
    }
