"""
Lists of traces: the newest that satisfy filters, or in which a text occurs, page after page.

Looked for in stretches of time, the latest first and each longer than the one before, so that a page of frequent traces
reads an hour, and one of rare traces all that is kept. In a stretch, the parts of traces tell which may belong to the
page; a trace is listed at the time of its latest part that does, so each is listed once, whatever came when. Of those
that may, the whole trace decides, or what it did near that time, where it rested for days (`spanmill_store.nearby`).
"""

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from spanmill_store.client import Store
from spanmill_store.judge_calls import SOURCE as JUDGE
from spanmill_store.nearby import near
from spanmill_store.trace_lines import Lines

HOUR_NS: Final = 3600 * 10**9
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
STRETCHES: Final = 3
"""The first is short, the next as long as the rest of the page seems to need, and the last is everything."""

EVER_H: Final = 24 * 365 * 100
FIRST_H: Final = {"user": 24, "session": 24}
"""Hours in the first stretch, where one of a list is looked for that an index finds among all; else it is one."""

DAY: Final = 24
"""How much longer a stretch is than one in which there was nothing."""

EMPTY: Final = {"user": EVER_H, "session": EVER_H}
"""The same, where one is looked for that an index finds among all: then everything is next."""

AHEAD_NS: Final = 24 * HOUR_NS
"""Spans of clocks that are ahead by so much are listed too."""

MAX_CANDIDATES: Final = 1000
"""Traces that are decided about at once, at most; twice as many each time, from a page on."""

LOOKED_FOR: Final = ("session", "user", "text", "name", "tag", "release", "environment", "service", "failed", "source")
"""Filters, the one first that few traces satisfy: by this one parts are looked for, and all decide about the trace."""


@dataclass(frozen=True, slots=True)
class Filters:
    """
    What a trace has to be; empty for anything.

    Attributes:
        service: One that took part.
        name: Of a model, a tool or an agent that took part.
        source: Of the traffic; empty for any but calls of our judges.
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

    A trace whose parts are merged between two pages may come again on the second, at the time of its first part.

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
    """What is looked for, and where; *limit* traces are on a page."""

    store: Store
    project: str
    filters: Filters
    since_ns: int
    limit: int

    def lines(self, after: Place | None) -> Iterator[tuple[Place, dict[str, Any]]]:
        """Give each trace behind *after* with its place."""
        for candidates in self._batches(after or Place(time.time_ns() + AHEAD_NS)):
            listed = self._listed(after, candidates) if after else set[str]()
            yield from self._decided([one for one in candidates if one.trace_id not in listed])

    def _batches(self, place: Place) -> Iterator[list[Place]]:
        """Give the traces that may be on the page, each once, as many as are missing, and then more at once."""
        seen: set[str] = set()
        batch: list[Place] = []
        limit = self.limit
        until_ns, length_ns = min(place.time_ns, time.time_ns()), FIRST_H.get(self._first(), 1) * HOUR_NS
        for stretch in range(1, STRETCHES + 1):
            since_ns = max(until_ns - length_ns, self.since_ns) if stretch < STRETCHES else self.since_ns
            before = len(seen)
            while candidates := self._candidates(place, since_ns, limit):
                batch += [one for one in candidates if one.trace_id not in seen]
                seen |= {one.trace_id for one in candidates}
                place = candidates[-1]
                while len(batch) >= self.limit:
                    yield batch[: self.limit]
                    batch = batch[self.limit :]
                if len(candidates) < limit:
                    break
                limit = min(2 * limit, MAX_CANDIDATES)
            if since_ns == self.since_ns:
                break
            found = len(seen) - before
            longer = 2 * self.limit // found + 1 if found else EMPTY.get(self._first(), DAY)
            until_ns, length_ns = since_ns, length_ns * longer
        yield batch

    def _first(self) -> str:
        """The filter of `LOOKED_FOR` by which parts are found; where there is none, one that is empty."""
        return next((name for name in LOOKED_FOR if getattr(self.filters, name)), "source")

    def _looked_for(self) -> dict[str, Any]:
        """All filters, empty but for the first."""
        first = self._first()
        chosen = Filters(**{first: getattr(self.filters, first)}, in_output=self.filters.in_output)
        return asdict(chosen)

    def _candidates(self, place: Place, since_ns: int, limit: int) -> list[Place]:
        rows = self.store.rows(
            "traces/newest",
            project=self.project,
            since_ns=since_ns,
            before_ns=place.time_ns,
            after_id=place.trace_id,
            limit=limit,
            **self._looked_for(),
        )
        return [Place(int(row["TimeNs"]), row["TraceId"]) for row in rows]

    def _listed(self, place: Place, candidates: list[Place]) -> set[str]:
        """The ids of those that were listed on an earlier page, by a later part."""
        ids = [one.trace_id for one in candidates]
        rows = self.store.rows(
            "traces/listed_before",
            project=self.project,
            trace_ids=ids,
            after_ns=place.time_ns,
            after_id=place.trace_id,
            **self._looked_for(),
        )
        return {row["TraceId"] for row in rows}

    def _near(self, candidates: list[Place]) -> dict[str, str]:
        """Settings under which the traces are not looked for in all days that are kept."""
        times_ns = [one.time_ns for one in candidates]
        return near(self.store.database, _utc(min(times_ns)), _utc(max(times_ns)))

    def _decided(self, candidates: list[Place]) -> Iterator[tuple[Place, dict[str, Any]]]:
        """Give the lines of those that satisfy the filters as a whole."""
        if not candidates:
            return
        lines = Lines(self.store, self.project, self._near(candidates), self.filters.text, self.filters.in_output)
        rows = lines.of([one.trace_id for one in candidates])
        by_id = {row["TraceId"]: row for row in rows if _satisfies(row, self.filters)}
        yield from ((place, by_id[place.trace_id]) for place in candidates if place.trace_id in by_id)


def _utc(time_ns: int) -> datetime:
    return EPOCH + timedelta(microseconds=time_ns // 1000)


def _satisfies(row: dict[str, Any], filters: Filters) -> bool:
    """Whether a trace is what *filters* ask for, but for the text, which the query decides."""
    return (
        filters.user in ("", row["UserId"])
        and filters.session in ("", row["SessionId"])
        and filters.environment in ("", row["Environment"])
        and filters.release in ("", row["Release"])
        and (row["Source"] == filters.source if filters.source else row["Source"] != JUDGE)
        and filters.service in ("", *row["Services"])
        and filters.name in ("", *row["Models"], *row["AgentNames"], *row["ToolNames"])
        and filters.tag in ("", *row["Tags"])
        and (not filters.failed or row["ErrorCount"] > 0)
    )
