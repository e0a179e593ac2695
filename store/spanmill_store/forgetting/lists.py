"""
The list of what goes: the traces and sessions that a request to forget is about.

A trace is a user's if any of its spans, its row in `traces` or a log record says so. So is every trace of the sessions
that these traces belong to, unless another user is named in the session too: then only what names the user goes. The
traces of judges' calls about these traces quote them and go with them.
"""

from collections.abc import Iterable
from typing import Any

from spanmill_store.client import Store
from spanmill_store.forgetting.subjects import Key, Subject

_NAMED = {
    "user": ("forget/stage_named", "forget/stage_own_sessions", "forget/stage_session_traces", "forget/stage_scorers"),
    "session": ("forget/stage_named", "forget/stage_session", "forget/stage_session_traces", "forget/stage_scorers"),
    "trace": ("forget/stage_trace", "forget/stage_scorers"),
}


def make(store: Store, subject: Subject, key: Key, *, trace_id: str = "") -> None:
    """Make the list of *subject*; a trace is named by its id itself."""
    parameters = {**subject.parameters(key), "id": trace_id}
    for step in _NAMED[subject.what]:
        store.run(step, **parameters)


def extend_by_scorers(store: Store, subject: Subject) -> None:
    """Add the traces of judges' calls to a list that was made otherwise."""
    store.run("forget/stage_scorers", **{"pass": subject.number})


def contents(store: Store, subject: Subject) -> list[dict[str, Any]]:
    """Return how many traces and sessions of which projects are in the list."""
    return store.rows("forget/staged", **{"pass": subject.number})


def decide(store: Store, subject: Subject, key: Key) -> None:
    """
    Decide that what is in the list goes: from now on whoever comes by finishes it, whatever happens to us.

    The tombstones follow from the list, so they are written again by whoever finishes it.
    """
    store.insert("forgetting", ("Pass", "What", "Project", "Id"), [(subject.number, "subject", "", subject.as_json())])
    entomb(store, subject, key)


def entomb(store: Store, subject: Subject, key: Key) -> None:
    """Remember what goes, as hashes, so that it is recognised when it comes again."""
    if subject.hash:
        columns = ("What", "Hash", "Project", "Time", "KeepDatasets")
        row = (subject.what, bytes.fromhex(subject.hash), subject.project, subject.time_ns, subject.keep_datasets)
        store.insert("forgotten", columns, [row])
        store.run("forget/entomb", **subject.parameters(key))


def decided(store: Store) -> list[Subject]:
    """Return the subjects of lists that are not finished."""
    return [Subject.from_json(row["Pass"], row["Subject"]) for row in store.rows("forget/decided")]


def drop(store: Store, numbers: Iterable[int]) -> None:
    """Throw lists away."""
    for number in numbers:
        store.run("removal/drop_partition", table="forgetting", partition=str(number))


def drop_abandoned(store: Store) -> None:
    """Throw away lists about which nobody decided."""
    drop(store, [row["Pass"] for row in store.rows("forget/abandoned")])
