"""
Removing what has expired.

Tables are partitioned by day and not by project, and a pass decides for each day. Where everything of a day has
expired, its partition is dropped. Where some projects keep theirs for longer, the partition is rewritten without the
others.

Measured on two cores with the embedded engine, spans of 1 kB (`fsync` on, as in production). Partitions by project and
day would make every retention a drop, but an insert writes a part, and syncs it, for each project in it:

=========================  ==================  =====================  ==========================
insert of 20 000 spans      by day              by project and day     parts (day; project and day)
=========================  ==================  =====================  ==========================
1 project                   0.29 s              0.30 s                 1; 1
10 projects                 0.29 s              0.36 s                 1; 10
100 projects                0.30 s              0.82 s, 26 % larger    1; 100
50 projects x 10 days       0.39 s              4.71 s, 97 % larger    10; 500
=========================  ==================  =====================  ==========================

That is paid with every insert, and by every merge and query after it; a rewrite is paid once per day and project:

=============================================  ===================================================
500 000 spans of one day, 48 MB                 time
=============================================  ===================================================
move the partition away and drop it             0.08 s, whatever it holds
rewrite it without 1 of 10, of 100 projects     0.6 s
lightweight delete                              0.8 s, and frees nothing: parts are compact here
=============================================  ===================================================

A TTL cannot do it: it removes rows when parts happen to be merged, counts nothing, and knows no projects.

A pass reads the list of parts and no rows, except of partitions whose day has expired for somebody and that were not
looked at since something was added (`upkeep_marks`).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from spanmill_store.client import Store
from spanmill_store.removal import journal, lock, mutations, one_node, staging
from spanmill_store.removal.journal import Entry
from spanmill_store.removal.staging import Staged
from spanmill_store.retention.decisions import TIMED, Decision, Partition, TimedTable, decide
from spanmill_store.retention.policies import Kind, Policies

_TIMED_BY_NAME = {table.name: table for table in TIMED}


@dataclass(frozen=True, slots=True)
class Expired:
    """
    Rows that were removed, or would be.

    Attributes:
        day: Their day; None where they are not kept by day.
        is_dropped: Whether the whole partition went, rather than being rewritten.
    """

    kind: Kind
    table: str
    day: date | None
    projects: tuple[str, ...]
    rows: int
    is_dropped: bool


def enforce(store: Store, *, on: date | None = None, told: Callable[[Expired], object] = repr) -> list[Expired]:
    """
    Remove what has expired, and return what that was. Called again and again; without anything to do it costs nothing.

    *on* is the day, if not the server's; *told* is called before something goes.

    Raises:
        Busy: Somebody else removes rows just now.
    """
    policies = Policies.read(store)
    day = on or server_day(store)
    decisions = list(_due(store, policies, day, remember=True))
    if not decisions and not is_interrupted(store):
        return []
    one_node.require(store)
    with lock.held(store):
        resume(store, policies, day)
        return list(_removed(store, policies, decisions, day, told))


def expired(store: Store, *, on: date | None = None) -> list[Expired]:
    """Return what `enforce` would remove; changes nothing."""
    policies = Policies.read(store)
    decisions = _due(store, policies, on or server_day(store), remember=False)
    return [_told(decision, is_dropped=decision.is_all) for decision in decisions]


def resume(store: Store, policies: Policies, today: date) -> None:
    """Finish what was interrupted; only with the lock."""
    for staged in staging.staged(store):
        _resume_staged(store, policies, staged, today)
    for entry in journal.entries(store):
        if not entry.forget:
            _delete_noted(store, entry)


def settle(store: Store) -> None:
    """Finish what was interrupted, if anything was; only with the lock. Until then rows lie aside, unseen."""
    if is_interrupted(store):
        resume(store, Policies.read(store), server_day(store))


def is_interrupted(store: Store) -> bool:
    """Whether somebody was killed while removing what has expired."""
    return bool(staging.staged(store)) or any(not entry.forget for entry in journal.entries(store))


def server_day(store: Store) -> date:
    """Return the server's day."""
    found: date = store.rows("retention/today")[0]["Today"]
    return found


def _due(store: Store, policies: Policies, today: date, *, remember: bool) -> Iterator[Decision]:
    """Look at every partition that changed, and give those of which something has expired."""
    for kind in policies.kinds():
        for partition in _partitions(store, policies, kind, today):
            decision = decide(store, policies, partition, today)
            if decision.due:
                yield decision
            elif remember:
                _remember(store, policies, partition, today)


def _partitions(store: Store, policies: Policies, kind: Kind, today: date) -> Iterator[Partition]:
    rows = store.rows(
        "retention/partitions",
        tables=[table.name for table in TIMED if table.kind == kind],
        before=policies.earliest(kind, today),
        tomorrow=today + timedelta(days=1),
    )
    for row in rows:
        partition = Partition(_TIMED_BY_NAME[row["Table"]], row["PartitionId"], row["Day"], row["MaxBlock"])
        is_unchanged = partition.day is None or row["SeenBlock"] == partition.max_block
        if not (is_unchanged and row["SeenRule"] == _rule(policies, partition, today)):
            yield partition


def _rule(policies: Policies, partition: Partition, today: date) -> str:
    by_receipt = partition.is_by_receipt(today)
    return policies.rule(partition.table.kind, today, None if by_receipt else partition.day)


def _remember(store: Store, policies: Policies, partition: Partition, today: date) -> None:
    columns = ("Purpose", "Table", "PartitionId", "MaxBlock", "Rule")
    rule = _rule(policies, partition, today)
    store.insert(
        "upkeep_marks", columns, [("retention", partition.table.name, partition.id, partition.max_block, rule)]
    )


def _removed(
    store: Store, policies: Policies, decisions: Iterable[Decision], today: date, told: Callable[[Expired], object]
) -> Iterator[Expired]:
    for decision in decisions:
        told(_told(decision, is_dropped=decision.is_all))
        yield _remove(store, policies, decision, today)


def _remove(store: Store, policies: Policies, decision: Decision, today: date) -> Expired:
    lock.renew(store)
    if decision.is_all:
        is_dropped = _drop(store, policies, decision.partition, today)
        return _told(decision, is_dropped=is_dropped)
    for before, projects in decision.due.items():
        _rewrite(store, decision.partition, projects, before)
    return _told(decision, is_dropped=False)


def _drop(store: Store, policies: Policies, partition: Partition, today: date) -> bool:
    """Drop *partition*, unless rows that stay have come into it meanwhile."""
    table = partition.table.name
    staging.move_out(store, table, partition.id)
    is_dropped = _settle(store, policies, partition, today)
    staging.close(store, table)
    return is_dropped


def _settle(store: Store, policies: Policies, partition: Partition, today: date) -> bool:
    """Drop *partition*, which was moved out, or put it back where not all of it has expired."""
    table = partition.table.name
    if decide(store, policies, partition, today, source=staging.staging_name(table)).is_all:
        staging.drop(store, table, partition.id)
        return True
    staging.move_back(store, table, partition.id)
    return False


def _resume_staged(store: Store, policies: Policies, staged: Staged, today: date) -> None:
    for identity, day in staged.partitions:
        _settle(store, policies, Partition(_TIMED_BY_NAME[staged.table], identity, day, 0), today)
    staging.close(store, staged.table)


def _rewrite(store: Store, partition: Partition, projects: tuple[str, ...], before: date) -> None:
    table = partition.table
    where = {"table": table.name, "partition": partition.id, "projects": list(projects), "before": before}
    if table.name in journal.SIGNALS:
        number = journal.new_number()
        store.run("retention/note_received", **{"pass": number, **where})
        _delete_noted(store, Entry(number, 0, table.name, [partition.id], 0))
    else:
        store.run("retention/delete_received", received=table.received, **where)
        mutations.wait(store, table.name)


def _delete_noted(store: Store, entry: Entry) -> None:
    for partition in entry.partitions:
        parameters = {"pass": entry.number, "table": entry.table, "partition": partition}
        store.run("retention/delete_noted", **parameters)
    mutations.wait(store, entry.table)
    journal.close(store, entry)


def _told(decision: Decision, *, is_dropped: bool) -> Expired:
    table: TimedTable = decision.partition.table
    return Expired(
        table.kind, table.name, decision.partition.day, decision.projects, decision.rows, is_dropped=is_dropped
    )
