"""
Runs: what a rule in SQL says about everything that waits for it, computed and written down inside ClickHouse.

A run writes down what the rule says about a share of the targets that wait, and from there the scores, the flags, the
test cases and the ledger; no target's id leaves the server. Who calls the steps in their order can die between any two
of them: until the last a target waits, and every row written before is replaced by the next run's.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from spanmill_store import cluster, queries
from spanmill_store.client import Store
from spanmill_store.errors import StoreUnavailable
from spanmill_store.scoring.predicates import Scope
from spanmill_store.scoring.sources import place_of
from spanmill_store.scoring.templates import filled
from spanmill_store.targets import TargetId

SHARE: Final = 1_000_000
"""Targets of one run."""

MOST: Final = 8
"""Where of so many rows of a rule in the ledger one waits, all are read: that takes as long as looking for it."""

_EXPRESSIONS: Final[Mapping[str, str]] = {"trace": "sql_runs/said_traces", "span": "sql_runs/said_spans"}
_SELECTS: Final[Mapping[str, str]] = {"trace": "sql_runs/said_select_traces", "span": "sql_runs/said_select_spans"}
_DATASET_ROWS: Final[Mapping[str, str]] = {
    "trace": "sql_runs/dataset_rows_traces",
    "span": "sql_runs/dataset_rows_spans",
}
_STORED: Final[Mapping[str, str]] = {"trace": "sql_runs/stored_traces", "span": "sql_runs/stored_spans"}
SCOPES: Final = frozenset(_EXPRESSIONS)
"""Scopes of rules that runs know."""

_NUMBER: Final = re.compile(r"(Nullable\()?(U?Int(8|16|32|64)|Float(32|64)|Bool)\)?")
_NOTHING: Final = re.compile(r"Nullable\(Nothing\)")
_TEXT: Final = re.compile(r"(LowCardinality\()?(Nullable\()?String\)*")


class Bounds(NamedTuple):
    """Which scores are flagged: by a value below or above, infinite for none, or one of the labels."""

    below: float = float("-inf")
    above: float = float("inf")
    labels: Sequence[str] = ()


class Limits(NamedTuple):
    """Characters that a label may and a reason can have."""

    label: int
    reason: int


@dataclass(frozen=True, slots=True)
class SqlRule:
    """
    What a run has to know of a rule.

    Attributes:
        sql: Its checked SQL, by part: ``value``, ``label`` and ``reason``, or ``select``.
        score: Name of its scores.
        flagged: Which of them are bad, or None.
        dataset: Where flagged targets go, or ''.
    """

    name: str
    version: str
    scope: Scope
    sql: Mapping[str, str]
    score: str
    flagged: Bounds | None
    dataset: str


class Share(NamedTuple):
    """One of so many equal shares of all traces, and whether most of what the rule has in it waits."""

    number: int = 0
    of: int = 1
    is_most: bool = False

    def divided(self, into: int) -> list["Share"]:
        """The same traces in smaller shares."""
        return [self._replace(number=self.number + self.of * part, of=self.of * into) for part in range(into)]


class Count(NamedTuple):
    """What came of targets of a run: how many, how many of them are flagged, how many were decided upon before."""

    targets: int
    flagged: int
    late: int


@dataclass(frozen=True, slots=True)
class Run:
    """
    A run.

    Attributes:
        share: Of which what waits is scored.
        number: Unlike any other's.
        now_ns: When it began, nanoseconds since 1970.
    """

    store: Store
    rule: SqlRule
    share: Share
    now_ns: int
    number: int = field(default_factory=lambda: secrets.randbits(63))

    def waiting(self) -> int:
        """Return how many targets wait in its share."""
        [row] = self.store.select(filled("sql_runs/count", self._waiting), self._which)
        return int(row["Targets"])

    def ids(self, limit: int) -> list[TargetId]:
        """Return what waits in its share, *limit* of them at most."""
        rows = self.store.select(filled("sql_runs/ids", self._waiting), {**self._which, "limit": limit})
        return [TargetId(row["Project"], row["TraceId"], row["SpanId"]) for row in rows]

    def evaluate(self, limits: Limits, *, nothing: str) -> None:
        """
        Write down what the rule says about what is stored; *nothing* is the reason where it says nothing.

        Raises:
            QueryRejected: ClickHouse cannot compute it for one of the targets.
        """
        bounds = self.rule.flagged or Bounds()
        self.store.execute(
            filled("sql_runs/evaluate", {"said": self._said()}),
            {
                **self._which,
                "max_label": limits.label,
                "max_reason": limits.reason,
                "nothing": nothing,
                "below": bounds.below,
                "above": bounds.above,
                "labels": list(bounds.labels),
            },
        )

    def counts(self, waiting: int, gone: str) -> dict[str, Count]:
        """
        Return what it came to, by the state that the ledger gets, once it came to something for all that waited.

        What is not stored any more comes to *gone*.

        Raises:
            StoreUnavailable: Not all that was written can be read, for a replica lags behind.
        """
        counts = self._counts()
        if _targets(counts) < waiting:
            self._write_gone(gone)
            counts = self._counts()
        self._require(_targets(counts), waiting)
        return counts

    def write_scores(self, count: int) -> None:
        """
        Write its scores, *count* of them.

        Raises:
            StoreUnavailable: Not all of them can be read, for a replica lags behind: nothing may be closed.
        """
        self.store.run("sql_runs/scores", score=self.rule.score, **self._which)
        # Read, not taken from what ClickHouse says it wrote: on a cluster that counts some rows twice.
        [row] = self.store.rows("sql_runs/written", **self._which)
        self._require(int(row["Scores"]), count)

    def withdraw_scores(self) -> None:
        """Take back the scores of those that had one and have none now."""
        self.store.run("sql_runs/withdraw_scores", **self._which)

    def write_flags(self) -> None:
        """Flag what is bad, and put it into its dataset, if there is one."""
        named = {"score": self.rule.score, "dataset": self.rule.dataset}
        self.store.run("sql_runs/flags", **self._which, **named)
        if not self.rule.dataset:
            return
        for row in self.store.rows("sql_runs/flagged_projects", run=self.number):
            self.store.run("dataset_rows/ensure_dataset", project=row["Project"], name=self.rule.dataset)
        self.store.run(_DATASET_ROWS[self.rule.scope], **self._which, **named)

    def withdraw_flags(self) -> None:
        """Take back the flags of those that are not bad any more."""
        self.store.run("sql_runs/withdraw_flags", **self._which)

    def close_targets(self) -> None:
        """Enter into the ledger what came of its targets: they wait no more."""
        self.store.run("sql_runs/ledger", **self._which)

    def drop(self) -> None:
        """Forget it."""
        cluster.run(self.store, "sql_runs/drop", run=str(self.number))

    def _counts(self) -> dict[str, Count]:
        rows = self.store.rows("sql_runs/summary", run=self.number)
        return {row["State"]: Count(row["Targets"], row["Flagged"], row["Late"]) for row in rows}

    def _write_gone(self, reason: str) -> None:
        stored = filled(_STORED[self.rule.scope], self._waiting)
        statement = filled("sql_runs/gone", {**self._waiting, "stored": stored})
        self.store.execute(statement, {**self._which, "reason": reason})

    def _said(self) -> str:
        """The query for what the rule says about what waits."""
        sql, scope = self.rule.sql, self.rule.scope
        if "select" not in sql:
            return filled(_EXPRESSIONS[scope], {**sql, **self._waiting, **place_of(scope, *sql.values())})
        returned = _types(self.store, self.rule)
        columns: dict[str, str] = {name: name for name in ("value", "label", "reason") if name in returned}
        return filled(_SELECTS[scope], {"select": sql["select"], **columns, **self._waiting})

    @property
    def _waiting(self) -> dict[str, str]:
        return {"waiting": queries.text("sql_runs/waiting_most" if self.share.is_most else "sql_runs/waiting_few")}

    @property
    def _which(self) -> dict[str, object]:
        return {
            "run": self.number,
            "rule": self.rule.name,
            "version": self.rule.version,
            "shares": self.share.of,
            "share": self.share.number,
            "now_ns": self.now_ns,
        }

    def _require(self, rows: int, expected: int) -> None:
        if rows < expected:
            raise StoreUnavailable(f"ClickHouse at {self.store.address} shows {rows} of {expected} rows just written.")


def _targets(counts: Mapping[str, Count]) -> int:
    return sum(count.targets for count in counts.values())


def shares(store: Store, rule: SqlRule, size: int = SHARE) -> list[Share]:
    """Return shares of the traces in each of which about *size* targets wait for *rule*; none where none does."""
    [row] = store.rows("sql_runs/backlog", rule=rule.name, version=rule.version)
    count, is_most = -(-int(row["Targets"]) // size), row["Rows"] < MOST * row["Targets"]
    return [Share(number, count, is_most) for number in range(count)]


def drop_stale(store: Store, rule: SqlRule, before_ns: int) -> int:
    """Forget runs of *rule* that began before a time and must have died; return how many."""
    rows = store.rows("sql_runs/stale", rule=rule.name, before_ns=before_ns)
    for row in rows:
        cluster.run(store, "sql_runs/drop", run=str(row["Run"]))
    return len(rows)


def is_computable(store: Store, rule: SqlRule) -> bool:
    """Whether what *rule*'s own SELECT returns are plain numbers and texts, the only ones that runs can check."""
    if "select" not in rule.sql:
        return True
    types = _types(store, rule)
    value = types.get("value", "Nullable(Nothing)")
    texts = [types.get(name, "String") for name in ("label", "reason", "TraceId", "SpanId")]
    return bool(_NUMBER.fullmatch(value) or _NOTHING.fullmatch(value)) and all(map(_TEXT.fullmatch, texts))


def _types(store: Store, rule: SqlRule) -> dict[str, str]:
    """Types of what a rule's own SELECT returns, by name."""
    rows = store.select(filled("scoring/describe_select", {"select": rule.sql["select"]}))
    return {row["name"]: row["type"] for row in rows}
