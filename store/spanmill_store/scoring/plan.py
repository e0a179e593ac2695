"""The planner's decisions, made inside ClickHouse: which complete targets of rules wait, are out, or do not matter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from spanmill_store import queries
from spanmill_store.client import Store
from spanmill_store.scoring import parts
from spanmill_store.scoring.parts import NOBODY, Part
from spanmill_store.scoring.predicates import Scope
from spanmill_store.scoring.sources import place_of
from spanmill_store.scoring.templates import filled

_ROWS: Final[Mapping[Scope, str]] = {
    "trace": "scoring/rows_of_traces",
    "span": "scoring/rows_of_spans",
    "session": "scoring/rows_of_sessions",
}
"""Queries for what conditions say of targets, by scope."""

MAX_REASON_CHARS: Final = 500


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
    Enter every target of traces, or every session, that became complete after a time into the ledgers of *rules*.

    The rules have one scope and are decided about in one query, for analyzing one costs more than a thousand traces do.
    What the planner *but* found is left out. Returns how many rows that were; running it twice changes nothing.
    Times are nanoseconds since 1970.

    Raises:
        QueryRejected: ClickHouse cannot compute one of the conditions.
    """
    if not rules:
        return 0
    found = parts.lately(store, rules[0].scope, since_ns, but)
    return sum(store.execute(*decision(rules, part, now_ns)) for part in found)


def plan_apart(store: Store, rule: PlannedRule, *, since_ns: int, now_ns: int, but: str = NOBODY) -> int:
    """
    Do the same for one rule, and enter as filtered the few targets of which its condition cannot be computed.

    Raises:
        QueryRejected: There are many of them.
    """
    found = parts.lately(store, rule.scope, since_ns, but)
    return sum(enter_apart(store, rule, part, now_ns) for part in found)


def enter_apart(store: Store, rule: PlannedRule, whole: Part, now_ns: int) -> int:
    """
    Enter what *rule* decides about *whole*, as `plan_apart` does, and return how many rows that were.

    Raises:
        QueryRejected: Its condition cannot be computed of many of them.
    """

    def refuse(part: Part, reason: str) -> int:
        names = {"rule": rule.name, "version": rule.version, "reason": reason[:MAX_REASON_CHARS], "now_ns": now_ns}
        return store.execute(filled("scoring/refuse", {"complete": part.complete}), {**names, **part.params})

    return sum(parts.apart(store, whole, lambda part: store.execute(*decision([rule], part, now_ns)), refuse))


def decision(
    rules: Sequence[PlannedRule], part: Part, now_ns: int, *, is_entered: bool = True
) -> tuple[str, dict[str, Any]]:
    """Return the statement that decides for *rules* about *part*, and may enter that, and its parameters."""
    scope = rules[0].scope
    of_rows = {"rows": queries.text("scoring/session_rows")} if scope == "session" else {"complete": "fresh"}
    conditions = conditions_of(rules)
    rows = filled(_ROWS[scope], {"conditions": conditions, **of_rows, **place_of(scope, conditions)})
    places = {"fresh": part.complete, "rows": rows}
    places |= {"asked": part.asked} if part.asked else {}
    places |= {} if is_entered else {"into": ""}
    params = {**params_of(rules), "is_of_spans": scope == "span", "now_ns": now_ns, **part.params}
    return filled("scoring/plan", places), params


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
