"""After an upgrade, old spans are mapped as new ones are, and nothing is lost on the way."""

from collections.abc import Iterator
from datetime import date

import pytest

from dialects.mapped import mapped, send
from dialects.recorder.app import RECORDED
from spanmill_store import usage
from spanmill_store.client import Store
from spanmill_store.mapping.columns import STORED
from spanmill_store.remap import outdated_days, remap

pytestmark = pytest.mark.clickhouse

RECORDING = RECORDED / "langchain_openinference.json"
DAY = date(2026, 1, 2)
OLD = {"SpanType": "'other'", "InputTokens": "NULL", "InputKey": "''", "SessionId": "'wrong'", "MappingVersion": "1"}
"""What an older spanmill knew: next to nothing."""


@pytest.fixture
def old_store(store: Store, database_url: str) -> Store:
    """A store with spans that an older mapping has computed, after the upgrade."""
    _define(store, OLD)
    send(database_url, RECORDING)
    _define(store, {column.name: column.expression for column in STORED if column.name in OLD})
    return store


def _define(store: Store, expressions: dict[str, str]) -> None:
    types = {column.name: column.type for column in STORED}
    for name, expression in expressions.items():
        store.execute(f"ALTER TABLE otel_traces MODIFY COLUMN {name} {types[name]} DEFAULT {expression}")


def test_old_spans_become_what_new_ones_are(old_store: Store, database_url: str) -> None:
    """Spans, traces and usage are those of a store that has never known another mapping."""
    [before] = old_store.select("SELECT max(SessionId) AS s, sum(InputTokens) AS t FROM traces")
    assert before == {"s": "wrong", "t": None}
    assert [one.day for one in remap(old_store)] == [DAY]
    after = mapped(old_store)
    old_store.execute("TRUNCATE TABLE otel_traces")
    old_store.execute("TRUNCATE TABLE trace_parts")
    send(database_url, RECORDING)
    assert after == mapped(old_store)


def test_what_is_done_is_not_done_again(old_store: Store) -> None:
    """Nothing is outdated afterwards, and the columns are written, not computed at every query."""
    assert outdated_days(old_store) == [DAY]
    list(remap(old_store))
    assert outdated_days(old_store) == []
    assert list(remap(old_store)) == []
    [row] = old_store.select(
        "SELECT count() AS n FROM system.parts_columns WHERE database = currentDatabase() AND table = 'otel_traces'"
        " AND active AND column = 'SpanType'"
    )
    assert row["n"] == 1


def test_whoever_is_killed_goes_on_with_the_day(old_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed after any step, the next run ends where the first would have."""
    run = Store.run
    for steps in range(1, 10):
        left = iter(range(steps))

        def until_killed(store: Store, query: str, /, left: Iterator[int] = left, **params: object) -> int:
            if next(left, None) is None:
                raise KeyboardInterrupt
            return run(store, query, **params)

        monkeypatch.setattr(Store, "run", until_killed)
        with pytest.raises(KeyboardInterrupt):
            list(remap(old_store))
    monkeypatch.setattr(Store, "run", run)
    assert [one.day for one in remap(old_store)] == [DAY]
    [row] = old_store.select("SELECT count() AS n, countIf(MappingVersion > 1) AS mapped FROM otel_traces")
    assert row == {"n": 8, "mapped": 8}
    [traces] = old_store.select("SELECT count() AS n, max(SessionId) AS s, sum(InputTokens) AS t FROM traces")
    assert traces == {"n": 2, "s": "conversation-1", "t": 2400}


def test_only_days_since_are_touched(old_store: Store) -> None:
    """An upgrade need not rewrite years."""
    assert outdated_days(old_store, date(2026, 1, 3)) == []
    assert list(remap(old_store, date(2026, 1, 3))) == []


def test_usage_follows(old_store: Store) -> None:
    """Minutes are counted anew, for their traces have changed."""
    usage.fold(old_store)
    list(remap(old_store))
    usage.fold(old_store)
    [row] = old_store.select("SELECT sum(InputTokens) AS t FROM usage")
    assert row["t"] == 2400
