"""Questions about conversations, users, releases and single traces are answered as the facts say."""

import math
import statistics
from datetime import datetime, timedelta

import pytest

from .conftest import Kitchen
from .facts import NEW_MODEL, RELEASES, Turn, turns
from .figures import Row, grouped, mean, ordered, quantile, same

pytestmark = pytest.mark.clickhouse


def by_session(found: list[Turn]) -> dict[str, list[Turn]]:
    """Sessions with their turns in order."""
    return grouped(sorted(found, key=lambda turn: turn.start), lambda turn: turn.session)


def end(turn: Turn) -> datetime:
    """When the last span of *turn* ended: no span below the root ends later."""
    return turn.start + timedelta(milliseconds=turn.duration_ms)


def test_longest_sessions(kitchen: Kitchen) -> None:
    """Conversations with their turns, the longest first."""
    rows = []
    for session, found in by_session(kitchen.turns()).items():
        seconds = int(max(map(end, found)).timestamp()) - int(found[0].start.timestamp())
        costs = [turn.cost for turn in found if turn.cost is not None]
        rows.append(
            {
                "session": session, "user": found[0].user, "turns": len(found), "seconds": seconds,
                "tokens": sum(turn.input_tokens + turn.output_tokens for turn in found),
                "usd": sum(costs) if costs else None, "errors": sum(turn.errors for turn in found),
            }
        )  # fmt: skip
    assert kitchen.ask("longest_sessions") == same(ordered(rows, "-turns", "-seconds", "session"))


def test_unresolved_sessions(kitchen: Kitchen) -> None:
    """The last turn of a conversation tells whether it was resolved."""
    rows = []
    for session, found in by_session(kitchen.turns()).items():
        last = found[-1]
        row: Row = {"session": session, "user": last.user, "turns": len(found), "last_trace": last.trace_id}
        row |= {"last_time": last.start, "said_nothing": int(not last.answer), "failed": int(last.errors > 0)}
        rows.append({**row, "was_flagged": int(last.duration_ms > 7000)})
    bad = [row for row in rows if row["said_nothing"] or row["failed"] or row["was_flagged"]]
    assert 0 < len(bad) < len(rows)
    assert kitchen.ask("unresolved_sessions") == ordered(bad, "-last_time", "session")


def test_tokens_per_turn(kitchen: Kitchen) -> None:
    """The first turns of all conversations, then the second ones."""
    by_turn: dict[int, list[Turn]] = {}
    for found in by_session(kitchen.turns()).values():
        for place, turn in enumerate(found, 1):
            by_turn.setdefault(place, []).append(turn)
    rows = [
        {
            "turn": place, "sessions": len(found), "input_tokens": mean(turn.input_tokens for turn in found),
            "output_tokens": mean(turn.output_tokens for turn in found), "usd": mean(turn.cost for turn in found),
        }
        for place, found in sorted(by_turn.items())
    ]  # fmt: skip
    assert len(rows) > 3
    assert kitchen.ask("tokens_per_turn") == same(rows)


def test_compare_releases(kitchen: Kitchen) -> None:
    """The older release first, each with the errors of its shares and means."""
    rows = []
    for release, found in grouped(kitchen.turns(), lambda turn: turn.release).items():
        share = sum(turn.errors > 0 for turn in found) / len(found)
        costs = [turn.cost for turn in found if turn.cost is not None]
        rows.append(
            {
                "release": release, "traces": len(found), "failed_share": share,
                "failed_error": math.sqrt(share * (1 - share) / len(found)),
                "p50_s": quantile([turn.seconds for turn in found], 0.5),
                "p95_s": quantile([turn.seconds for turn in found], 0.95),
                "tokens_per_trace": mean(turn.input_tokens + turn.output_tokens for turn in found),
                "usd_per_trace": mean(costs), "usd_error": statistics.stdev(costs) / math.sqrt(len(costs)),
            }
        )  # fmt: skip
    assert kitchen.ask("compare_releases", before=RELEASES[0], after=RELEASES[1]) == same(rows)
    assert kitchen.ask("compare_releases", before=RELEASES[1], after=RELEASES[0]) == same(reversed(rows))


def test_environments(kitchen: Kitchen) -> None:
    """Production, staging, and experiments beside them."""
    everything = kitchen.turns(every_source=True, noise=True)
    rows = []
    for (environment, source), found in grouped(everything, lambda turn: (turn.environment, turn.source)).items():
        usd = float(sum(turn.cost or 0 for turn in found))
        row: Row = {"environment": environment, "source": source, "traces": len(found)}
        row |= {"failed_share": sum(turn.errors > 0 for turn in found) / len(found)}
        row |= {"calls": sum(len(turn.calls) for turn in found)}
        row |= {"tokens": sum(turn.input_tokens + turn.output_tokens for turn in found)}
        rows.append({**row, "usd": usd, "usd_per_trace": usd / len(found)})
    assert len(rows) > (1 if kitchen.project else 2)
    assert kitchen.ask("environments") == same(ordered(rows, "-traces", "environment", "source"))


def test_new_this_week(kitchen: Kitchen) -> None:
    """What a service had long before is not new."""
    found = {(row["kind"], row["value"], row["service"]): row["first_time"] for row in kitchen.ask("new_this_week")}
    expected: dict[tuple[str, str, str], datetime] = {}
    for service, everything in grouped(kitchen.turns(30, every_source=True, noise=True), lambda t: t.service).items():
        for turn in sorted(everything, key=lambda turn: -turn.start.timestamp()):
            met = {("model", call.model) for call in turn.calls} | {("tool", tool.name) for tool in turn.tools}
            met |= {("prompt", f"answer {call.prompt}") for call in turn.calls} | {("release", turn.release)}
            met |= set() if turn.is_noise else {("agent", "bot")}
            expected |= {(kind, value, service): turn.start for kind, value in met}
    border = max(turn.start for turn in turns() if turn.age_h > 7 * 24)
    assert found == {key: first for key, first in expected.items() if first > border}
    assert {value for kind, value, _ in found if kind == "model"} >= {NEW_MODEL}


def test_traces_of_user(kitchen: Kitchen) -> None:
    """One user's traces, the newest first."""
    rows = [
        {
            "trace": turn.trace_id, "start": turn.start, "name": "invoke_agent bot", "session": turn.session,
            "seconds": turn.seconds, "errors": turn.errors, "usd": turn.cost, "path": turn.path,
        }
        for turn in kitchen.turns(every_source=True)
        if turn.user == "user-1"
    ]  # fmt: skip
    assert rows
    assert kitchen.ask("traces_of_user", user="user-1") == same(ordered(rows, "-start", "trace"))
    assert kitchen.ask("traces_of_user", user="user-1' OR 1 = 1 --") == []


@pytest.mark.parametrize("text", ["KETTLE", "my teapot 7", "100%", "_"])
def test_search_inputs(kitchen: Kitchen, text: str) -> None:
    """Any letter case, and no sign means anything but itself."""
    rows = [
        {"trace": t.trace_id, "start": t.start, "user": t.user, "session": t.session, "input": t.question}
        for t in kitchen.turns(3, every_source=True)
        if text.lower() in t.question.lower()
    ]
    assert kitchen.ask("search_inputs", text=text, days=3) == ordered(rows, "-start", "trace")


def test_empty_answers(kitchen: Kitchen) -> None:
    """Questions that nothing was said to."""
    rows = [
        {"trace": turn.trace_id, "start": turn.start, "user": turn.user, "errors": turn.errors, "input": turn.question}
        for turn in kitchen.turns()
        if not turn.answer
    ]
    assert rows
    assert kitchen.ask("empty_answers") == ordered(rows, "-start", "trace")


def test_trace_tree(kitchen: Kitchen) -> None:
    """What a span called stands below it, in the order of time."""
    turn = max(kitchen.turns(), key=lambda turn: (len(turn.tools), len(turn.calls)))
    steps = [("retrieve", 1)]
    steps += [(f"chat {call.model}", number) for number, call in enumerate(turn.calls, 10)]
    steps += [(f"execute_tool {tool.name}", number) for number, tool in enumerate(turn.tools, 30)]
    found = kitchen.ask("trace_tree", trace=turn.trace_id)
    assert [row["name"] for row in found] == ["invoke_agent bot", *(f"  {name}" for name, _ in steps)]
    assert [row["after_s"] for row in found] == pytest.approx([0, *(after / 1000 for _, after in steps)])
    assert sum(row["failed"] for row in found) == turn.errors
    assert found[0]["seconds"] == turn.seconds
    assert kitchen.ask("trace_tree", trace=turn.trace_id, limit=2) == found[:2]
