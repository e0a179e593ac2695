"""
Complete traces or sessions, in parts: each small enough for one query, and halved where ClickHouse refuses one.

What a part is made of, for example what became complete lately, is SQL that names its targets.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from spanmill_store import queries
from spanmill_store.client import Store
from spanmill_store.errors import QueryRejected
from spanmill_store.scoring.predicates import Scope
from spanmill_store.scoring.templates import filled

_Found = TypeVar("_Found")

SHARE: Final = 20_000
"""Traces that are decided about in one query."""

SESSION_SHARE: Final = 5000
"""Sessions that are decided about in one query."""

MAX_TRIES: Final = 64
"""Queries in which those are looked for that a condition cannot be computed of: enough for two among thousands."""

NOBODY: Final = "-"
"""No planner is called so."""


@dataclass(frozen=True, slots=True)
class Part:
    """
    Some complete traces or sessions.

    Attributes:
        complete: SQL that names them, with their revisions.
        asked: SQL for those of them that a ledger may know; '' for all.
        params: Of both.
    """

    complete: str
    asked: str
    params: Mapping[str, Any]

    def targets(self, scope: Scope) -> str:
        """SQL that names them as targets of rules with *scope*."""
        return filled("scoring/complete_spans", {"complete": self.complete}) if scope == "span" else self.complete

    def halves(self) -> tuple["Part", "Part"]:
        """The same in two parts."""
        if (ids := self.params.get("session_ids")) is not None:
            middle = len(ids) // 2
            return self._with(session_ids=ids[:middle]), self._with(session_ids=ids[middle:])
        shares, share = self.params["shares"], self.params["share"]
        return self._with(shares=2 * shares), self._with(shares=2 * shares, share=share + shares)

    def _with(self, **params: Any) -> "Part":
        return replace(self, params={**self.params, **params})


def of_traces(chosen: Mapping[str, str], asked: str, params: Mapping[str, Any], shares: int) -> list[Part]:
    """Return the traces of a choice that replaces those which became complete lately, in so many equal shares."""
    complete = filled("scoring/complete_traces", chosen)
    return [Part(complete, asked, {**params, "shares": shares, "share": share}) for share in range(shares)]


def of_sessions(ids: Sequence[str]) -> list[Part]:
    """Return those of the sessions *ids* that are complete."""
    return [session_part(ids[start : start + SESSION_SHARE]) for start in range(0, len(ids), SESSION_SHARE)]


def session_part(ids: Sequence[str]) -> Part:
    """Return those of the few sessions *ids* that are complete."""
    return Part(queries.text("scoring/complete_sessions"), "", {"session_ids": list(ids)})


def lately(store: Store, scope: Scope, since_ns: int, but: str = NOBODY) -> list[Part]:
    """
    Return the traces, or for that *scope* the sessions, that became complete after a time, nanoseconds since 1970.

    What the planner *but* found is left out.
    """
    look = {"since_ns": since_ns, "but": but}
    if scope == "session":
        return of_sessions(sorted(row["SessionId"] for row in store.rows("scoring/fresh_sessions", **look)))
    asked = f"TraceId IN ({queries.text('scoring/complete_again')})"
    [whole] = of_traces({}, asked, look, 1)
    return of_traces({}, asked, look, -(-count(store, whole) // SHARE))


def count(store: Store, part: Part) -> int:
    """Return how many traces or sessions *part* has."""
    [row] = store.select(filled("scoring/count_fresh", {"complete": part.complete}), part.params)
    return int(row["Fresh"])


def apart(
    store: Store, whole: Part, decide: Callable[[Part], _Found], refuse: Callable[[Part, str], _Found]
) -> Iterator[_Found]:
    """
    Give what *decide* returns of *whole*; of its halves, and so on, where ClickHouse refuses that.

    Of a trace or a session that stands alone and is refused, gives what *refuse* returns of it and the reason.

    Raises:
        QueryRejected: There are many of them.
    """
    tried, parts = 0, deque([whole])
    while parts:
        part, tried = parts.popleft(), tried + 1
        try:
            found = decide(part)
        except QueryRejected as error:
            if tried >= MAX_TRIES:
                raise
            if count(store, part) > 1:
                parts += part.halves()
            else:
                yield refuse(part, f"its condition cannot be computed: {error}")
        else:
            yield found
