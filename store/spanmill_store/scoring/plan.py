"""The planner's decisions, made inside ClickHouse: which complete targets of rules wait, are out, or do not matter."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from spanmill_store import queries
from spanmill_store.client import Store
from spanmill_store.errors import QueryRejected
from spanmill_store.scoring.predicates import Scope
from spanmill_store.scoring.templates import filled

QUERIES: Final[Mapping[Scope, str]] = {
    "trace": "scoring/plan_traces",
    "span": "scoring/plan_spans",
    "session": "scoring/plan_sessions",
}
"""Queries that decide, by scope."""

NOBODY: Final = "-"
"""No planner is called so."""

SHARE: Final = 20_000
"""Traces that are decided about in one query."""

MAX_PARTS: Final = 64
"""Queries in which traces are looked for that a condition cannot be computed of: enough for two among thousands."""

MAX_REASON_CHARS: Final = 500
SESSION_SHARE: Final = 5000
"""Sessions that are decided about in one query."""


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
    scope = rules[0].scope
    return sum(
        _plan(store, rules, now_ns, {"since_ns": since_ns, "but": but}, share)
        for share in fresh_shares(store, scope, since_ns, but)
    )


def plan_apart(store: Store, rule: PlannedRule, *, since_ns: int, now_ns: int, but: str = NOBODY) -> int:
    """
    Do the same for one rule, and enter as filtered the few traces of which its condition cannot be computed.

    Halves what is planned together until such a trace stands alone, `MAX_PARTS` times at most.

    Raises:
        QueryRejected: There are many of them.
    """
    look = {"since_ns": since_ns, "but": but}
    entered, tried, parts = 0, 0, deque([_Share(1, 0)])
    while parts:
        part, tried = parts.popleft(), tried + 1
        try:
            entered += _plan(store, [rule], now_ns, look, part._asdict())
        except QueryRejected as error:
            if tried >= MAX_PARTS:
                raise
            if _fresh(store, look, part) > 1:
                parts += part.halves()
            else:
                entered += _refuse(store, rule, now_ns, look, part, f"its condition cannot be computed: {error}")
    return entered


class _Share(NamedTuple):
    """One of *shares* equal shares of all traces."""

    shares: int
    share: int

    def halves(self) -> Iterable["_Share"]:
        return _Share(2 * self.shares, self.share), _Share(2 * self.shares, self.share + self.shares)


def _fresh(store: Store, look: Mapping[str, Any], part: _Share) -> int:
    [row] = store.rows("scoring/count_fresh", **look, **part._asdict())
    return int(row["Fresh"])


def _refuse(store: Store, rule: PlannedRule, now_ns: int, look: Mapping[str, Any], part: _Share, reason: str) -> int:
    names = {"rule": rule.name, "version": rule.version, "reason": reason[:MAX_REASON_CHARS]}
    return store.run("scoring/refuse", **names, now_ns=now_ns, **look, **part._asdict())


def _plan(
    store: Store, rules: Sequence[PlannedRule], now_ns: int, look: Mapping[str, Any], part: Mapping[str, Any]
) -> int:
    scope = rules[0].scope
    parts = {"conditions": conditions_of(rules)}
    if scope == "session":
        parts["rows"] = queries.text("scoring/session_rows")
    statement = filled(QUERIES[scope], parts)
    return store.execute(statement, {**params_of(rules), "now_ns": now_ns, **look, **part})


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


def fresh_shares(store: Store, scope: Scope, since_ns: int, but: str) -> list[dict[str, Any]]:
    """Return the shares in which to look at what became complete after a time, each as parameters of queries."""
    if scope != "session":
        shares = -(-_fresh(store, {"since_ns": since_ns, "but": but}, _Share(1, 0)) // SHARE)
        return [{"shares": shares, "share": share} for share in range(shares)]
    ids = sorted(row["SessionId"] for row in store.rows("scoring/fresh_sessions", since_ns=since_ns, but=but))
    return [{"session_ids": ids[start : start + SESSION_SHARE]} for start in range(0, len(ids), SESSION_SHARE)]
