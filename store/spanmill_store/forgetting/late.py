"""
What comes after it was deleted: spans that waited in a log, a score whose worker was at it, a replayed letter.

Tombstones recognise it. Only parts that are new since the last look are read, and of days after the last request to
forget none: a trace that was deleted goes whenever it comes, and of a user what began before the request. What a user
does later is new. A merged part is read once more, which is once or twice in a row's life.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Final

from spanmill_store.client import Store
from spanmill_store.forgetting import lists
from spanmill_store.forgetting.requests import finish_decided
from spanmill_store.forgetting.subjects import SESSION_NAMES, USER_NAMES, Key, Subject
from spanmill_store.forgetting.tables import DATASET_ROWS, HELD
from spanmill_store.otlp.repetition import TABLES
from spanmill_store.removal import lock

_NAMED_IN: Final = {
    "otel_traces": ("forget/late_spans", "table"),
    "otel_logs": ("forget/late_logs", "logs"),
    "user_usage_parts": ("forget/late_usage", "usage"),
    **{table: ("forget/late_points", "points") for table in HELD if table.startswith("otel_metrics_")},
}
"""Table → the query that finds users and sessions in it."""

_WITHOUT_TRACES: Final = frozenset({"user_usage_parts", "messages", "session_completions", *TABLES["metrics"]})

_WITH_SESSIONS: Final = {
    **dict.fromkeys(("scores", "score_ledger", "flags", DATASET_ROWS), "forget/late_sessions"),
    "session_completions": "forget/late_session_completions",
}
"""Table → the query that finds sessions in it that have no trace there."""


@dataclass(frozen=True, slots=True)
class NewParts:
    """Parts of one partition that were not looked at yet."""

    table: str
    partition: str
    parts: list[str]
    max_block: int


def forget_late(store: Store) -> int:
    """
    Remove what was forgotten and came again, finish what was interrupted, and return how many lists that took.

    Raises:
        Busy: Somebody else removes rows just now.
    """
    finished = _finish(store)
    [tombstones] = store.rows("forget/tombstones")
    if not tombstones["Rows"]:
        return finished
    fresh = list(_new_parts(store, tombstones["LastDay"]))
    if not fresh:
        return finished
    key = Key.of(store)
    made = list(_late(store, key, fresh))
    if made:
        with lock.held(store):
            finish_decided(store, key)
    _mark(store, fresh)
    return finished + len(made)


def _finish(store: Store) -> int:
    if not lists.decided(store):
        return 0
    with lock.held(store):
        return finish_decided(store, Key.of(store))


def _new_parts(store: Store, last_day: date) -> Iterator[NewParts]:
    today = store.rows("retention/today")[0]["Today"]
    rows = store.rows(
        "forget/new_parts", tables=list(HELD), last_day=last_day, tomorrow=max(today, last_day) + timedelta(days=1)
    )
    for row in rows:
        yield NewParts(row["Table"], row["PartitionId"], row["Parts"], row["MaxBlock"])


def _late(store: Store, key: Key, fresh: list[NewParts]) -> Iterator[Subject]:
    """Make and decide the lists of what came late."""
    for keep_datasets in (False, True):
        subject = Subject.late_traces(store, keep_datasets=keep_datasets)
        for parts in fresh:
            _stage_by_id(store, subject, key, parts)
        lists.extend_by_scorers(store, subject)
        if lists.contents(store, subject):
            lists.decide(store, subject, key)
            yield subject
    for tombstone in {one for parts in fresh for one in _named(store, key, parts)}:
        subject = tombstone.again()
        lists.make(store, subject, key)
        lists.decide(store, subject, key)
        yield subject


def _stage_by_id(store: Store, subject: Subject, key: Key, parts: NewParts) -> None:
    if subject.keep_datasets and parts.table == DATASET_ROWS:
        return
    where = {"table": parts.table, "partition": parts.partition, "parts": parts.parts}
    if parts.table not in _WITHOUT_TRACES:
        store.run("forget/late_traces", **subject.parameters(key), **where)
    if parts.table in _WITH_SESSIONS:
        store.run(_WITH_SESSIONS[parts.table], **subject.parameters(key), **where)


def _named(store: Store, key: Key, parts: NewParts) -> Iterator[Subject]:
    """Give the users and sessions that were forgotten and are named in *parts*."""
    if parts.table not in _NAMED_IN:
        return
    query, parameter = _NAMED_IN[parts.table]
    where = {parameter: parts.table, "partition": parts.partition, "parts": parts.parts}
    names = {"user_names": USER_NAMES, "session_names": SESSION_NAMES} if parts.table != "user_usage_parts" else {}
    for row in store.rows(query, **names, **asdict(key), **where):
        yield Subject(0, row["What"], row["Hash"], row["Project"], row["TimeNs"], bool(row["KeepDatasets"]))


def _mark(store: Store, fresh: list[NewParts]) -> None:
    """Note what was looked at; where parts were merged meanwhile, it is looked at again."""
    columns = ("Purpose", "Table", "PartitionId", "MaxBlock", "Rule")
    rows = [
        ("forget", one.table, one.partition, one.max_block, "")
        for one in fresh
        if store.rows("forget/living_parts", table=one.table, parts=one.parts)[0]["Parts"] == len(one.parts)
    ]
    store.insert("upkeep_marks", columns, rows)
