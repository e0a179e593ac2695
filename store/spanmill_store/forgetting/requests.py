"""
A request to forget, from the question what would go to the proof that it is gone.

`plan` makes the list, `cancel` throws it away, `carry_out` removes what is in it and searches for what is left. Before
the first row goes it is written down that they all go: should we be killed, the next request or the upkeep finishes the
list.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from spanmill_store.client import Store
from spanmill_store.forgetting import lists, removal
from spanmill_store.forgetting.removal import Told
from spanmill_store.forgetting.search import Found, search
from spanmill_store.forgetting.subjects import Key, Subject, What, require_id
from spanmill_store.forgetting.tables import DATASET_ROWS, HELD, STRIPPED
from spanmill_store.removal import lock, one_node
from spanmill_store.retention import enforcement

WAIT_S = lock.STALE_S + 60
"""How long a request waits for somebody else who removes rows, or was killed while doing so."""

MAX_ROUNDS: Final = 3
"""How often a request looks again for what has come in meanwhile. Then it is the upkeep's."""


@dataclass(frozen=True, slots=True)
class Plan:
    """
    What would go.

    Attributes:
        traces: By project, how many.
        sessions: By project, how many.
        rows: By table, how many.
    """

    subject: Subject
    identity: str
    traces: Mapping[str, int]
    sessions: Mapping[str, int]
    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Proof:
    """What was removed from a table, and what was found in it afterwards."""

    table: str
    removed: int
    found: int
    traces: tuple[str, ...]


def plan(store: Store, what: What, identity: str, *, project: str = "", keep_datasets: bool = False) -> Plan:
    """
    Find everything of a user, a session or a trace.

    Raises:
        NothingToForget: *identity* names nobody.
        OnCluster: Nothing is removed there.
        Busy: Somebody else has been removing rows for minutes.
    """
    bare = require_id(what, identity)
    one_node.require(store)
    _settle_expired(store)
    lists.drop_abandoned(store)
    key = Key.of(store)
    _see_all(store)
    subject = Subject.named(store, what, bare, project=project, keep_datasets=keep_datasets)
    lists.make(store, subject, key, trace_id=bare if what == "trace" else "")
    staged = lists.contents(store, subject)
    by_kind = {
        kind: {row["Project"]: row["Ids"] for row in staged if row["What"] == kind} for kind in ("trace", "session")
    }
    return Plan(subject, bare, by_kind["trace"], by_kind["session"], removal.counts(store, subject, key))


def cancel(store: Store, found: Plan) -> None:
    """Change nothing."""
    lists.drop(store, [found.subject.number])


def carry_out(store: Store, found: Plan, told: Told = str) -> list[Proof]:
    """
    Remove what *found* names, wait until it is gone, and search for it; *told* of each table before its turn.

    Raises:
        Busy: Somebody else has been removing rows for minutes.
    """
    subject, key = found.subject, Key.of(store)
    with lock.held(store, wait_s=WAIT_S, told=told):
        lists.decide(store, subject, key)
        finish_decided(store, key, but=subject.number)
        removed = removal.remove(store, subject, key, told)
        left = _left(store, found, told)
        for _ in range(MAX_ROUNDS):
            if not any(one.rows for one in left) or not _has_come_meanwhile(store, found, key):
                break
            removed += removal.remove(store, subject, key, told)
            left = _left(store, found, told)
        lists.drop(store, [subject.number])
    return [_proof(one, removed[one.table]) for one in left]


def _left(store: Store, found: Plan, told: Told) -> list[Found]:
    told("every table, searching for what is left")
    without = [DATASET_ROWS] if found.subject.keep_datasets else []
    return search(store, found.subject.number, found.identity, without=without)


def _has_come_meanwhile(store: Store, found: Plan, key: Key) -> bool:
    """Put into the list what has come in since it was made, and say whether there is anything to remove."""
    subject = found.subject
    lists.make(store, subject, key, trace_id=found.identity if subject.what == "trace" else "")
    lists.entomb(store, subject, key)
    return any(removal.counts(store, subject, key).values())


def finish_decided(store: Store, key: Key, *, but: int = 0) -> int:
    """Finish the lists that others have decided and not finished, and return how many; only with the lock."""
    subjects = [subject for subject in lists.decided(store) if subject.number != but]
    for subject in subjects:
        removal.finish(store, subject, key)
    return len(subjects)


def _settle_expired(store: Store) -> None:
    """Put back, or drop, what a retention pass that was killed has moved aside: nobody looks there."""
    if enforcement.is_interrupted(store):
        with lock.held(store, wait_s=WAIT_S):
            enforcement.settle(store)


def _see_all(store: Store) -> None:
    """Spare the upkeep what is there now, where nothing was forgotten before: a request itself looks at everything."""
    if not store.rows("forget/tombstones")[0]["Rows"]:
        store.run("forget/mark_all", tables=sorted({*HELD, *STRIPPED}))


def _proof(found: Found, removed: int) -> Proof:
    return Proof(found.table, removed, found.rows, found.traces)
