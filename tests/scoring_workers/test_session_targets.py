"""When a session is complete, and how scorers see it."""

from datetime import timedelta
from typing import Any

import pytest

from spanmill_store import queries, session_completion
from spanmill_store.client import Store
from spanmill_store.completion import Patience
from spanmill_store.completion import complete as complete_traces
from spanmill_store.scoring.plan import clock_ns
from spanmill_store.session_targets import sessions
from spanmill_store.targets import TargetId
from support.traces import TraceWriter

pytestmark = pytest.mark.clickhouse

IDLE = 2000.0
"""More than a session is idle before it is complete."""


def completions(store: Store) -> list[tuple[Any, ...]]:
    """Session, revision, reason and number of traces of every session's current completion."""
    sql = "SELECT SessionId, Revision, Reason, length(TraceIds) FROM session_completions FINAL ORDER BY SessionId"
    return [tuple(row.values()) for row in store.select(sql)]


class TestComplete:
    """All traces complete, and nothing for long."""

    def complete(self, store: Store, later_s: float, *, with_traces: bool = True, **patience: float) -> int:
        """Look at everything, so many seconds from now."""
        asked = Patience(**patience)
        now_ns = clock_ns(store) + int(later_s * 1e9)
        since_ns = now_ns - 24 * 3600 * 10**9
        if with_traces:
            complete_traces(store, asked, now_ns, since_ns)
        return session_completion.complete(store, asked, now_ns, since_ns)

    def test_a_session_is_complete_when_nothing_came_for_long(self, store: Store, traces: TraceWriter) -> None:
        """Not before, and once; traces without a session make none."""
        for _ in range(3):
            traces.turn(session="s1")
        traces.turn(session="")
        assert self.complete(store, 1700) == 0
        assert self.complete(store, 1900) == 1
        assert self.complete(store, 2000) == 0
        assert completions(store) == [("s1", 0, "idle", 3)]

    def test_an_incomplete_trace_keeps_its_session_open(self, store: Store, traces: TraceWriter) -> None:
        """A trace without a root is waited for longer than the session is."""
        traces.turn(session="s1")
        root = {"session.id": "s1"}
        traces.spans("a" * 32, [("chat", "root", {**root, "gen_ai.operation.name": "chat"}, "Unset")])
        assert self.complete(store, 1900) == 0
        assert self.complete(store, 3700) == 1
        assert completions(store) == [("s1", 0, "idle", 2)]

    def test_a_trace_that_nobody_looked_at_is_not_waited_for_ever(self, store: Store, traces: TraceWriter) -> None:
        """As of a time when no planner ran: what is older than any trace is waited for counts as complete."""
        traces.turn(session="s1")
        assert self.complete(store, 1900, with_traces=False) == 0
        assert self.complete(store, 4000, with_traces=False) == 1

    def test_a_session_that_never_pauses_is_complete_with_what_it_has(self, store: Store, traces: TraceWriter) -> None:
        """After the longest time that a session may take."""
        first = traces.turn(session="s1")
        assert self.complete(store, 30, session_max_s=100) == 0
        later = "SELECT * REPLACE (now64(3) + 99 AS LastStoreTime, {t:String} AS TraceId) FROM trace_parts"
        store.execute(f"INSERT INTO trace_parts {later}", {"t": "b" * 32})
        assert self.complete(store, 101, session_max_s=100) == 1
        assert completions(store) == [("s1", 0, "long", 1)]
        [row] = store.select("SELECT TraceIds FROM session_completions")
        assert row["TraceIds"] == [first.trace_id]

    def test_sessions_are_decided_about_in_shares(
        self, store: Store, traces: TraceWriter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Each is in one share, whatever its id is made of."""
        monkeypatch.setattr(session_completion, "SHARE", 2)
        ids = ["s1", "it's", "a\\b", "line\nbreak", "[x]", "日本", "{n:String}"]
        for session in ids:
            traces.turn(session=session)
        assert self.complete(store, 1900) == len(ids)
        assert {row[0] for row in completions(store)} == set(ids)


def test_rows_of_sessions_are_those_of_the_view(store: Store, traces: TraceWriter) -> None:
    """What SQL of rules sees of a complete session is what people see."""
    for session in ("s1", "s1", "s2"):
        traces.turn(session=session, tool_error=session == "s2")
    now_ns = clock_ns(store) + int(IDLE * 1e9)
    complete_traces(store, Patience(), now_ns, now_ns - 10**13)
    session_completion.complete(store, Patience(), now_ns, now_ns - 10**13)
    rows = store.select(queries.text("scoring/session_rows") + "\nORDER BY SessionId", {"session_ids": ["s1", "s2"]})
    assert rows == store.select("SELECT * FROM sessions ORDER BY SessionId")
    assert len(rows) == 2


class TestTurns:
    """Sessions as scorers see them."""

    def read(self, store: Store, session: str) -> Any:
        """Complete everything and read *session*."""
        now_ns = clock_ns(store) + int(IDLE * 1e9)
        complete_traces(store, Patience(), now_ns, now_ns - 10**13)
        session_completion.complete(store, Patience(), now_ns, now_ns - 10**13)
        target = TargetId("default", "", "", session)
        return sessions(store, [target])[target]

    def test_each_turn_tells_what_happened(self, store: Store, traces: TraceWriter) -> None:
        """A tool that failed is an error of the turn; the turn failed only if its root did."""
        traces.turn("One?", "1", session="s1", tool_error=True, duration_s=2, age=timedelta(seconds=50))
        traces.turn("Two?", "", session="s1", is_failed=True, age=timedelta(seconds=40))
        seen = self.read(store, "s1")
        assert [(turn.input, turn.output, turn.error_count, turn.is_failed) for turn in seen.turns] == [
            ("One?", "1", 1, False),
            ("Two?", "", 1, True),
        ]
        assert seen.turns[0].duration_ns == pytest.approx(2e9, rel=0.01)
        assert (seen.input, seen.output, seen.session_id) == ("One?", "", "s1")
        assert seen.columns["TraceCount"] == 2

    def test_of_a_very_long_session_the_newest_turns_are_read(
        self, store: Store, traces: TraceWriter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """And it is said how many are left out."""
        monkeypatch.setattr("spanmill_store.session_targets.MAX_TURNS", 2)
        for number in range(5):
            traces.turn(f"q{number}", session="s1", age=timedelta(seconds=50 - number))
        seen = self.read(store, "s1")
        assert ([turn.input for turn in seen.turns], seen.earlier_turns) == (["q3", "q4"], 3)
        assert seen.conversation.startswith("[… 3 earlier turns left out …]\n[4] user:\n    q3\n")
