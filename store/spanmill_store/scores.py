"""Scores: what was thought of a trace, a span or a session, by whom, and why."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from spanmill_store.client import Store
from spanmill_store.targets import TargetId, keys_of
from spanmill_store.times import ticks


class ScoreRow(NamedTuple):
    """One row of ``scores``; the fields are its columns, in snake case."""

    project: str
    time: datetime
    trace_id: str
    span_id: str
    session_id: str
    name: str
    value: float | None
    label: str
    rationale: str
    source: str
    rule: str
    rule_version: str
    input_hash: str
    sampling_probability: float
    judge_model: str
    cost_usd: float | None
    score_id: str
    scorer_trace_id: str = ""

    @property
    def target(self) -> TargetId:
        """What it is a score of."""
        return TargetId(self.project, self.trace_id, self.span_id, "" if self.trace_id else self.session_id)


_COLUMNS: Final = tuple("".join(word.title() for word in field.split("_")) for field in ScoreRow._fields)


def score_id(target: TargetId, rule: str, rule_version: str, name: str) -> str:
    """
    Return the id of the score that *rule* gives a target under *name*.

    It is the same however often and wherever the target is scored, so a score that is computed again takes the place
    of the earlier one instead of standing beside it.
    """
    project, trace_id, span_id, session_id = target
    parts = f"{project}\0{trace_id}\0{span_id}\0{rule}\0{rule_version}\0{name}"
    if not trace_id:
        parts += f"\0{session_id}"
    return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def insert(store: Store, rows: Iterable[ScoreRow]) -> None:
    """Store *rows*; one with a known id takes the place of the earlier one."""
    # Nearly all are of one time, which the driver would convert anew for each.
    store.insert("scores", _COLUMNS, [(row[0], ticks(row[1]), *row[2:]) for row in rows])


def insert_of_person(store: Store, row: ScoreRow, reviewer: str) -> None:
    """Store *row*, which *reviewer* has said."""
    store.insert("scores", (*_COLUMNS, "Reviewer"), [(*row, reviewer)])


def withdraw(store: Store, rows: Iterable[ScoreRow], time: datetime) -> None:
    """Take *rows* back at *time*: whoever reads scores with FINAL does not find them any more."""
    taken_back = [(*row._replace(time=time), 1) for row in rows]
    store.insert("scores", (*_COLUMNS, "IsWithdrawn"), taken_back)


def known(store: Store, rule: str, version: str, ids: Iterable[TargetId]) -> list[ScoreRow]:
    """Return the current scores that *rule* has given the traces or sessions of *ids*, and spans of these traces."""
    rows = store.rows("scores/known", rule=rule, version=version, **keys_of(ids))
    return [ScoreRow(*(row[column] for column in _COLUMNS)) for row in rows]


def newest(store: Store, *, rule: str | None = None, trace_id: str | None = None, limit: int = 50) -> list[ScoreRow]:
    """Return the newest scores first, of one rule or one trace where given."""
    rows = store.rows("scores/newest", rule=rule or "", trace_id=trace_id or "", limit=limit)
    return [ScoreRow(*(row[column] for column in _COLUMNS)) for row in rows]
