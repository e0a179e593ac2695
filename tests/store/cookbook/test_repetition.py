"""Spans that come twice, as a client sends them that never saw the acknowledgement, change no answer that says so."""

from typing import Any

import pytest

from spanmill_store import usage
from spanmill_store.client import Store

from .conftest import Kitchen
from .facts import COLUMNS, rows, turns

pytestmark = pytest.mark.clickhouse

UNMOVED: dict[str, dict[str, str]] = {
    "cost_per_user": {},
    "environments": {},
    "errors_by_service_and_hour": {},
    "failing_tools": {},
    "looping_traces": {},
    "noise_share": {},
    "tokens_per_turn": {},
    "tool_paths": {},
    "trace_tree": {"trace": next(turn.trace_id for turn in turns() if turn.age_h == 2)},
}


def rounded(answer: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the last digits of sums, which depend on the order of what was added."""
    return [
        {name: round(value, 9) if isinstance(value, float) else value for name, value in row.items()} for row in answer
    ]


def test_what_comes_twice_counts_once(store: Store) -> None:
    """Answers before and after the same spans were sent again, in another request."""
    kitchen = Kitchen(store, None)
    some = [row for turn in turns() if turn.age_h == 2 for row in rows(turn)]
    answers = []
    for _ in range(2):
        store.insert("otel_traces", COLUMNS, some)
        usage.fold(store)
        answers.append({name: rounded(kitchen.ask(name, **given)) for name, given in UNMOVED.items()})
    assert all(answers[0].values())
    assert answers[0] == answers[1]
