"""
The settings: for how many days rows of a kind are kept, by project. Without one, they are kept for ever.

A row expires with its day (UTC, unless the ClickHouse server is set up for another time zone): with 30 days, what is of
2 January goes on 2 February at midnight, and until then no hour of the day has been kept for less than 30 days. The day
is that of the span's own time. What claims a day still to come, as a broken clock does, goes by when it was received;
what claims 1970 goes at once.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, Self, get_args

from spanmill_store.client import Store
from spanmill_store.errors import SpanmillError
from spanmill_store.removal import one_node

Kind = Literal["traces", "logs", "metrics", "scores", "usage"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
EVERY_PROJECT: Final = ""
FOR_EVER: Final = 0
MAX_DAYS: Final = 36_500


class InvalidRetention(SpanmillError):
    """A setting cannot be made, or is not there."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One setting; *project* may be `EVERY_PROJECT`, *days* may be `FOR_EVER`."""

    project: str
    kind: Kind
    days: int


class Policies:
    """All settings of an installation."""

    def __init__(self, policies: Iterable[Policy]) -> None:
        self.all = tuple(policies)
        self._days: Mapping[tuple[str, str], int] = {(one.kind, one.project): one.days for one in self.all}

    @classmethod
    def read(cls, store: Store) -> Self:
        """Read the settings in force."""
        return cls(Policy(row["Project"], row["Kind"], row["Days"]) for row in store.rows("retention/settings"))

    def kinds(self) -> list[Kind]:
        """Return the kinds of which anything may expire."""
        return [kind for kind in KINDS if any(one.kind == kind and one.days != FOR_EVER for one in self.all)]

    def keep_from(self, kind: Kind, project: str, today: date) -> date | None:
        """The first day of which *project* keeps its rows of *kind*; None: it keeps all."""
        days = self._days.get((kind, project), self._days.get((kind, EVERY_PROJECT), FOR_EVER))
        return None if days == FOR_EVER else _days_before(today, days)

    def earliest(self, kind: Kind, today: date) -> date:
        """The first day of which nothing of *kind* can have expired."""
        days = [one.days for one in self.all if one.kind == kind and one.days != FOR_EVER]
        return _days_before(today, min(days))

    def rule(self, kind: Kind, today: date, day: date | None) -> str:
        """What is asked of a partition of *day*; while that is the same and nothing was added, so is the answer."""
        if day is None:
            return json.dumps([str(today), sorted((one.project, one.days) for one in self.all if one.kind == kind)])
        projects = sorted({EVERY_PROJECT, *(one.project for one in self.all if one.kind == kind)})
        since = [self.keep_from(kind, project, today) for project in projects]
        return json.dumps(
            [[project, first is not None and day < first] for project, first in zip(projects, since, strict=True)]
        )


def set_days(store: Store, project: str, kind: Kind, days: int) -> None:
    """
    Keep rows of *kind* of *project* for *days* from now on; they are removed by the next pass, not at once.

    Raises:
        InvalidRetention: *days* is no number of days.
        OnCluster: Nothing is removed there.
    """
    one_node.require(store)
    if not FOR_EVER <= days <= MAX_DAYS:
        raise InvalidRetention(f"{days} days cannot be kept: give a number from 1 to {MAX_DAYS}, or `forever`.")
    store.insert("retention", ("Project", "Kind", "Days"), [(project, kind, days)])


def unset(store: Store, project: str, kind: Kind) -> None:
    """
    Remove a setting.

    Raises:
        InvalidRetention: There is none.
    """
    if (project, kind) not in {(one.project, one.kind) for one in Policies.read(store).all}:
        whose = f"project {project!r}" if project else "all projects"
        raise InvalidRetention(f"Nothing is set for {kind} of {whose}: see `spanmill store retention list`.")
    store.insert("retention", ("Project", "Kind", "Days", "IsDeleted"), [(project, kind, FOR_EVER, 1)])


def _days_before(today: date, days: int) -> date:
    return max(date(1970, 1, 1), today - timedelta(days=days))
