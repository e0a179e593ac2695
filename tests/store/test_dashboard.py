"""Dashboards: what happened over time, from usage, and from nothing else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from spanmill_store import queries, usage
from spanmill_store.client import Store
from spanmill_store.dashboard import dashboard
from support.plans import readings
from support.spans import START_NS, Plain, span

from .conftest import Send

pytestmark = pytest.mark.clickhouse

START = datetime.fromtimestamp(START_NS // 10**9, UTC)
HOUR_MS = 3600 * 1000


@pytest.fixture
def used(send: Send, store: Store) -> Store:
    """Calls of two models by two users over three hours, one of them failed, from two services."""
    for number, (hour, model, user, tokens) in enumerate(
        [(0, "a", "ana", 10), (0, "b", "bo", 20), (1, "a", "ana", 30), (2, "a", "bo", 40)], 1
    ):
        attributes: dict[str, Plain] = {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": model,
            "user.id": user,
            "gen_ai.usage.input_tokens": tokens,
            "gen_ai.usage.cost": tokens / 10,
        }
        one = span(
            "chat", trace=number, number=number, offset_ms=hour * HOUR_MS, attributes=attributes, is_error=hour == 1
        )
        send([one], {"service.name": "shop" if number < 4 else "desk"})
    usage.fold(store)
    return store


def over(store: Store, **chosen: Any) -> Any:
    """The dashboard of a day."""
    return dashboard(store, since=START - timedelta(hours=1), before=START + timedelta(hours=23), **chosen)


def test_traffic_follows_time(used: Store) -> None:
    """Every point counts traces, calls, errors, tokens and cost of its time."""
    found = over(used)
    assert found.step_s == 600
    rows = [
        (row["Traces"], row["Calls"], row["FailedCalls"], row["InputTokens"], row["CostUsd"]) for row in found.traffic
    ]
    assert rows == [(2, 2, 0, 30, 3.0), (1, 1, 1, 30, 3.0), (1, 1, 0, 40, 4.0)]
    assert found.traffic[0]["CallDurations"] == pytest.approx([10_000_000] * 2, rel=0.011)


def test_names_and_users_are_sorted_by_what_they_use(used: Store) -> None:
    """Models by calls, users by cost, as many as are asked for."""
    found = over(used)
    models = [(row["Name"], row["Count"], row["Errors"]) for row in found.breakdown if row["SpanType"] == "llm"]
    assert models == [("a", 3, 1), ("b", 1, 0)]
    assert [(row["UserId"], row["CostUsd"]) for row in found.users] == [("bo", 6.0), ("ana", 4.0)]
    assert [row["UserId"] for row in over(used, limit=1).users] == ["bo"]


def test_a_service_is_seen_by_itself(used: Store) -> None:
    """Traffic and names are those of the chosen service and source."""
    found = over(used, service="desk")
    assert [row["InputTokens"] for row in found.traffic] == [40]
    assert over(used, source="experiment").traffic == []


def test_calls_of_judges_are_seen_where_they_are_asked_for(send: Send, store: Store) -> None:
    """They are nobody's traffic."""
    call: dict[str, Plain] = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}
    send([span("theirs", trace=1, attributes=call)])
    send([span("ours", trace=2, attributes={**call, "spanmill.source": "judge"})])
    usage.fold(store)
    for chosen, root in (({}, "theirs"), ({"source": "judge"}, "ours")):
        found = over(store, **chosen)
        assert [row["Calls"] for row in found.traffic] == [1]
        assert [row["Name"] for row in found.breakdown if row["SpanType"] == "trace"] == [root]


@pytest.mark.parametrize(("duration", "step_s"), [({"hours": 1}, 60), ({"days": 7}, 3600), ({"days": 400}, 86_400)])
def test_a_curve_has_few_points(store: Store, duration: dict[str, int], step_s: int) -> None:
    """A longer time has longer steps."""
    assert dashboard(store, since=datetime.now(UTC) - timedelta(**duration)).step_s == step_s


@pytest.mark.parametrize("name", ["dashboard/traffic", "dashboard/breakdown", "dashboard/users"])
def test_only_usage_is_read(used: Store, name: str) -> None:
    """By the minute, found by project and time, whatever the number of spans."""
    values = {"project": "default", "since": "2026-01-01 00:00:00", "before": "2026-01-02 00:00:00"}
    values |= {"service": "", "source": "", "step_s": "600", "limit": "20"}
    for reading in readings(used, queries.text(name), values):
        assert reading.table in {"usage_parts", "user_usage_parts", "usage_folds"}
        assert reading.table == "usage_folds" or reading.uses("Minute")
