"""Flags: scores that are bad enough to be looked at."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from operator import attrgetter
from typing import Final

from spanmill_store.client import Store
from spanmill_store.targets import TargetId, keys_of


@dataclass(frozen=True, slots=True)
class FlagRow:
    """One row of ``flags``; the fields are its columns, in snake case."""

    project: str
    time: datetime
    trace_id: str
    span_id: str
    session_id: str
    rule: str
    rule_version: str
    score_name: str
    value: float | None
    label: str
    reason: str
    dataset: str
    is_withdrawn: bool = False

    @property
    def target(self) -> TargetId:
        """What is flagged."""
        return TargetId(self.project, self.trace_id, self.span_id, "" if self.trace_id else self.session_id)


_COLUMNS: Final = tuple("".join(word.title() for word in field.name.split("_")) for field in fields(FlagRow))
_values: Final = attrgetter(*(field.name for field in fields(FlagRow)))


def insert(store: Store, rows: Iterable[FlagRow]) -> None:
    """Store *rows*; a rule version flags a target once, however often it says so."""
    store.insert("flags", _COLUMNS, [_values(row) for row in rows])


def flagged(store: Store, rule: str, version: str, ids: Iterable[TargetId]) -> list[FlagRow]:
    """Return the flags that *rule* has set on the traces or sessions of *ids*, and on spans of these traces."""
    rows = store.rows("flags/flagged", rule=rule, version=version, **keys_of(ids))
    return [FlagRow(*(row[column] for column in _COLUMNS)) for row in rows]


def newest(store: Store, *, rule: str | None = None, trace_id: str | None = None, limit: int = 50) -> list[FlagRow]:
    """Return the newest flags first, of one rule or one trace where given."""
    rows = store.rows("flags/newest", rule=rule or "", trace_id=trace_id or "", limit=limit)
    return [FlagRow(*(row[column] for column in _COLUMNS)) for row in rows]
