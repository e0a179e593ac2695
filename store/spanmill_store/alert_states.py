"""How alerts stand: the mean of a rule's scores over all traffic, and what was said about it before."""

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from typing import Final, Literal

from spanmill_store.client import Store
from spanmill_store.estimates import Estimate, Sums, estimate
from spanmill_store.times import in_utc

State = Literal["ok", "firing", "no_data"]
Measure = Literal["mean", "flagged"]


@dataclass(frozen=True, slots=True)
class AlertState:
    """
    One row of ``alert_states``; the fields are its columns, in snake case.

    Attributes:
        sequence: 0 for the first row of a project and rule, and one more for each that follows.
        time: When it was found out, or somebody was reminded.
        since: When this state began.
        value, low, high: The mean or share, and its interval.
        scores: It was estimated from so many.
    """

    project: str
    rule: str
    rule_version: str
    sequence: int
    time: datetime
    since: datetime
    state: State
    value: float | None
    low: float | None
    high: float | None
    scores: int


@dataclass(frozen=True, slots=True)
class Asked:
    """
    What is asked about a rule.

    Attributes:
        over_s: Over the last so many seconds.
        known_s: The newest score, of any version, is looked for in the last so many seconds.
        below, above, labels: Which scores are bad, where *of* is ``flagged``.
    """

    rule: str
    version: str
    of: Measure
    over_s: float
    known_s: float
    below: float | None = None
    above: float | None = None
    labels: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """
    What was found in a project.

    Attributes:
        estimate: None where no score was.
        last_ns: When the newest score came, nanoseconds since 1970.
    """

    estimate: Estimate | None
    last_ns: int


_COLUMNS: Final = tuple("".join(word.title() for word in field.name.split("_")) for field in fields(AlertState))


def seen(store: Store, asked: Asked, now_ns: int) -> dict[str, Seen]:
    """Return what *asked* comes to at a time, nanoseconds since 1970, by project."""
    rows = store.rows(
        "alerts/sums",
        rule=asked.rule,
        version=asked.version,
        of=asked.of,
        over_s=asked.over_s,
        known_s=asked.known_s,
        below=float("-inf") if asked.below is None else asked.below,
        above=float("inf") if asked.above is None else asked.above,
        labels=list(asked.labels),
        now_ns=now_ns,
    )
    return {row["project"]: Seen(estimate(Sums.from_row(row)), int(row["last_ns"])) for row in rows}


def current(store: Store, rule: str = "") -> list[AlertState]:
    """Return the newest row of each project and rule, of one rule where given."""
    return [AlertState(*(in_utc(row[column]) for column in _COLUMNS)) for row in store.rows("alerts/states", rule=rule)]


def history(store: Store, rule: str = "", limit: int = 50) -> list[AlertState]:
    """Return the newest rows first, of one rule where given."""
    rows = store.rows("alerts/history", rule=rule, limit=limit)
    return [AlertState(*(in_utc(row[column]) for column in _COLUMNS)) for row in rows]


def enter(store: Store, states: Iterable[AlertState]) -> None:
    """Store *states*; of two with one number the later one counts."""
    store.insert("alert_states", _COLUMNS, [astuple(state) for state in states])
