"""
Lists of traces: the newest that satisfy filters, or in which a text occurs, page after page.

Looked for in stretches of time, the latest first and each longer than the one before, so that a page of frequent traces
reads an hour, and one of rare traces all that is kept. In a stretch, the parts of traces tell which may belong to the
page; a trace is listed at the time of its latest part that does, so each is listed once, whatever came when. Of those
that may, the whole trace decides.
"""

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final, NamedTuple

from spanmill_store.client import Store

HOUR_NS: Final = 3600 * 10**9
STRETCH_NS: Final = (HOUR_NS, 5 * HOUR_NS, 18 * HOUR_NS)
"""From now back, or from where a page begins: an hour, a quarter of a day, a day, and then everything."""

AHEAD_NS: Final = 24 * HOUR_NS
"""Spans of clocks that are ahead by so much are listed too."""

EXCERPT_CHARS: Final = 200
DECIDED: Final = ("user", "session", "environment", "release", "source")
"""Filters by what is one thing for the whole trace, although its parts may say several."""


@dataclass(frozen=True, slots=True)
class Filters:
    """
    What a trace has to be; empty for anything.

    Attributes:
        service: One that took part.
        name: Of a model, a tool or an agent that took part.
        failed: Whether a span of it has to have ended in an error.
        text: In any case, as it stands, in what was asked; with *in_output* in what was answered.
    """

    service: str = ""
    user: str = ""
    session: str = ""
    environment: str = ""
    release: str = ""
    source: str = ""
    name: str = ""
    tag: str = ""
    failed: bool = False
    text: str = ""
    in_output: bool = False


class Place(NamedTuple):
    """A place in a list: behind a trace, by its time in the list, nanoseconds since 1970, and its id."""

    time_ns: int
    trace_id: str = "~"


@dataclass(frozen=True, slots=True)
class Page:
    """
    Lines of a list, the newest first.

    Attributes:
        rows: As ``traces/rows`` has them.
        next: Where the next page begins; None where nothing is left.
    """

    rows: list[dict[str, Any]]
    next: Place | None


def page(
    store: Store,
    project: str = "default",
    filters: Filters | None = None,
    *,
    since_ns: int = 0,
    after: Place | None = None,
    limit: int = 50,
) -> Page:
    """Give the newest *limit* traces since a time that satisfy *filters*, or those *after* a place."""
    search = _Search(store, project, filters or Filters(), since_ns, limit)
    found: list[dict[str, Any]] = []
    for place, row in search.lines(after):
        found.append(row)
        if len(found) == limit:
            return Page(found, place)
    return Page(found, None)


@dataclass(frozen=True, slots=True)
class _Search:
    """What is looked for, and where; *limit* traces are read at a time."""

    store: Store
    project: str
    filters: Filters
    since_ns: int
    limit: int

    def lines(self, after: Place | None) -> Iterator[tuple[Place, dict[str, Any]]]:
        """Give each trace behind *after* with its place."""
        place = after or Place(time.time_ns() + AHEAD_NS)
        is_first = after is None
        for since_ns in self._stretches(place.time_ns):
            while candidates := self._candidates(place, since_ns):
                listed = set() if is_first else self._listed(place, candidates)
                yield from self._decided([one for one in candidates if one.trace_id not in listed])
                place, is_first = candidates[-1], False
                if len(candidates) < self.limit:
                    break

    def _stretches(self, before_ns: int) -> Iterator[int]:
        """Give the beginnings of stretches of time, one before the other."""
        begins_ns = min(before_ns, time.time_ns())
        for stretch_ns in STRETCH_NS:
            begins_ns -= stretch_ns
            if begins_ns > self.since_ns:
                yield begins_ns
        yield self.since_ns

    def _candidates(self, place: Place, since_ns: int) -> list[Place]:
        rows = self.store.rows(
            "traces/newest",
            project=self.project,
            since_ns=since_ns,
            before_ns=place.time_ns,
            after_id=place.trace_id,
            limit=self.limit,
            **asdict(self.filters),
        )
        return [Place(int(row["TimeNs"]), row["TraceId"]) for row in rows]

    def _listed(self, place: Place, candidates: list[Place]) -> set[str]:
        """The ids of those that were listed before, by a later part."""
        ids = [one.trace_id for one in candidates]
        rows = self.store.rows(
            "traces/listed_before",
            project=self.project,
            trace_ids=ids,
            after_ns=place.time_ns,
            **asdict(self.filters),
        )
        return {row["TraceId"] for row in rows}

    def _decided(self, candidates: list[Place]) -> Iterator[tuple[Place, dict[str, Any]]]:
        """Give the lines of those that satisfy the filters as a whole."""
        rows = self.store.rows(
            "traces/rows",
            project=self.project,
            trace_ids=[one.trace_id for one in candidates],
            excerpt_chars=EXCERPT_CHARS,
            **{name: getattr(self.filters, name) for name in DECIDED},
        )
        by_id = {row["TraceId"]: row for row in rows}
        yield from ((place, by_id[place.trace_id]) for place in candidates if place.trace_id in by_id)
