"""Upkeep: done now and then, told when it fails, never in anybody's way."""

import logging
import threading
from pathlib import Path

import pytest

from spanmill_store import upkeep
from spanmill_store.client import Store
from spanmill_store.errors import StoreUnavailable
from spanmill_store.prices import table
from spanmill_store.settings import Settings
from support.calls import Call, about, as_json, charged, store_calls
from support.processes import wait_until

pytestmark = pytest.mark.clickhouse


def own_prices(folder: Path) -> Path:
    """A price file for the model `own`."""
    path = folder / "prices.json"
    path.write_text(as_json({"model": "own", "input_mtok": 1, "output_mtok": 10}), encoding="utf-8")
    return path


def with_prices(path: Path, url: str = "") -> Settings:
    """Settings that name a price file."""
    return Settings.from_environment({"SPANMILL_PRICES": str(path), "SPANMILL_CLICKHOUSE_URL": url})


def test_spans_get_their_cost_while_something_else_runs(store: Store, database_url: str, tmp_path: Path) -> None:
    """A span whose model got its price later has a cost after a round; the thread ends with the block."""
    store_calls(store, [Call("own")])
    settings = with_prices(own_prices(tmp_path), database_url)
    with upkeep.beside(settings, threading.Event(), every_s=0.05):
        wait_until(lambda: charged(store) == [(about(0.002), "computed")], "the cost")
    assert [thread for thread in threading.enumerate() if thread.name == "upkeep"] == []


def test_a_mistake_in_the_file_is_told_once(store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The same problem is told when it comes; rounds go on, and nothing is raised."""
    settings = with_prices(tmp_path / "none.yaml")
    rounds = 0

    class Clock(threading.Event):
        """Lets three rounds pass."""

        def wait(self, timeout: float | None = None) -> bool:
            """Count a round."""
            nonlocal rounds
            rounds += 1
            return rounds == 3 and timeout == 30

    upkeep.run(store, settings, Clock())
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage().startswith(f"prices: {tmp_path}/none.yaml cannot be read")


def test_nothing_is_raised(store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """ClickHouse may be away, and a duty may have a mistake: the others are done."""
    done: list[bool] = []

    def away(*_: object) -> None:
        raise StoreUnavailable("No ClickHouse answers.")

    def wrong(*_: object) -> None:
        raise KeyError("x")

    duties = {"one": away, "two": wrong, "three": lambda *_: done.append(True)}
    monkeypatch.setattr(upkeep, "DUTIES", duties)  # the real duties have no such mistakes
    assert upkeep.tick(store, Settings.from_environment({})) == {
        "one": "No ClickHouse answers.",
        "two": "KeyError: 'x'",
    }
    assert done == [True]
    assert "upkeep failed" in caplog.text


def test_only_some_rounds_look_far_back(store: Store, database_url: str, tmp_path: Path) -> None:
    """What came in hours ago is found by a thorough round."""
    settings = with_prices(own_prices(tmp_path), database_url)
    upkeep.tick(store, settings)
    store.execute(
        "INSERT INTO otel_traces (IngestTime, SpanId, SpanAttributes) SELECT now64(9) - INTERVAL 2 HOUR, 'x', "
        "map('gen_ai.request.model', 'claude-sonnet-4-5-20991231', 'gen_ai.usage.input_tokens', '1')"
    )
    upkeep.tick(store, settings, is_thorough=False)
    assert not table.in_force(store, "claude-sonnet-4-5-20991231")
    upkeep.tick(store, settings)
    assert table.in_force(store, "claude-sonnet-4-5-20991231")
