"""Spans that were stored before their price was known get their cost, and so do their traces."""

from datetime import timedelta
from typing import Any

import pytest

from spanmill_store import queries
from spanmill_store.client import Store
from spanmill_store.errors import StoreUnavailable
from spanmill_store.prices.fill import fill
from spanmill_store.prices.sync import Synced, sync
from support.calls import NOON, Call, about, charged, costs_of_traces, store_calls

from .conftest import OWN, Write

pytestmark = [pytest.mark.clickhouse, pytest.mark.usefixtures("short_list")]


class TestFilling:
    """Spans that were stored before their price was known."""

    def test_spans_and_traces_get_their_cost(self, store: Store, write: Write) -> None:
        """On all days, and nothing else changes; what had a cost keeps it."""
        calls = [
            Call("own"),
            Call("own", output=0, at=NOON - timedelta(days=3)),
            Call("own", reported=0.5),
            Call("other"),
            Call("own", input=None),
        ]
        store_calls(store, calls)
        before = store.select("SELECT * EXCEPT CostUsd FROM otel_traces ORDER BY SpanId")
        traces = store.select("SELECT * EXCEPT (CostUsd, LastStoreTime) FROM traces ORDER BY TraceId")
        assert sync(store, write(OWN)).spans == 2
        expected = [about(0.002), about(0.001), 0.5, None, None]
        assert [cost for cost, _ in charged(store)] == expected
        assert [source for _, source in charged(store)] == ["computed", "computed", "reported", "", ""]
        assert costs_of_traces(store) == expected
        assert store.select("SELECT * EXCEPT CostUsd FROM otel_traces ORDER BY SpanId") == before
        assert store.select("SELECT * EXCEPT (CostUsd, LastStoreTime) FROM traces ORDER BY TraceId") == traces

    @pytest.mark.parametrize("merges", [(True, False), (False, True), (True, True), (False, False)])
    def test_merges_do_not_bring_the_unknown_cost_back(
        self, merges: tuple[bool, bool], store: Store, write: Write
    ) -> None:
        """Of the tuples of a span in a trace the one that knows the cost counts, merged before, after, or never."""
        store_calls(store, [Call("own"), Call("other")])
        if merges[0]:
            store.execute("OPTIMIZE TABLE trace_parts FINAL")
        sync(store, write(OWN))
        if merges[1]:
            store.execute("OPTIMIZE TABLE trace_parts FINAL")
        assert costs_of_traces(store) == [about(0.002), None]
        [row] = store.select("SELECT sum(SpanCount) AS spans FROM traces")
        assert row["spans"] == 2

    def test_a_span_that_is_delivered_again_changes_nothing(self, store: Store, write: Write) -> None:
        """Before the price or after it, with the same cost or without."""
        store_calls(store, [Call("own")])
        store_calls(store, [Call("own")])
        sync(store, write(OWN))
        store_calls(store, [Call("own")])
        assert costs_of_traces(store) == [about(0.002)]

    def test_a_trace_of_many_spans_is_summed_up(self, store: Store, write: Write) -> None:
        """Spans with and without a cost of before, in one trace over two days."""
        calls = [Call("own", reported=0.5), Call("own"), Call("own", at=NOON - timedelta(days=1))]
        store_calls(store, calls, trace="one")
        assert costs_of_traces(store) == [0.5]
        sync(store, write(OWN))
        assert costs_of_traces(store) == [about(0.504)]

    def test_what_fails_half_way_is_done_again(
        self, store: Store, write: Write, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Traces know the cost, spans do not yet: the next round does both, and nothing is counted twice."""
        store_calls(store, [Call("own")])
        run = Store.run

        def failing(self: Store, query: str, /, **params: Any) -> int:
            if query == "prices/fill_spans":
                raise StoreUnavailable("gone")
            return run(self, query, **params)

        with monkeypatch.context() as patched:
            patched.setattr(Store, "run", failing)  # no server can be made to die at that line
            with pytest.raises(StoreUnavailable):
                sync(store, write(OWN))
        assert charged(store) == [(None, "")]
        assert costs_of_traces(store) == [about(0.002)]
        assert sync(store, write(OWN)) == Synced(0, 1)
        assert charged(store) == [(about(0.002), "computed")]
        assert costs_of_traces(store) == [about(0.002)]

    def test_only_what_came_in_lately_is_looked_at(self, store: Store, write: Write) -> None:
        """The window bounds the work, whatever the spans' own times are."""
        store_calls(store, [Call("own")])
        columns = "Timestamp, IngestTime, TraceId, SpanId, SpanName, SpanAttributes"
        store.execute(
            f"INSERT INTO otel_traces ({columns}) "
            "SELECT Timestamp, now64(9) - INTERVAL 30 DAY, 'old', 'old', SpanName, SpanAttributes FROM otel_traces"
        )
        assert sync(store, write(OWN)).spans == 1
        assert charged(store) == [(about(0.002), "computed"), (None, "")]
        assert fill(store, 40 * 24 * 3600) == 1

    def test_a_change_that_is_running_is_waited_for(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        """No second change is asked for while one has not ended; one that fails is told."""
        rows = Store.rows
        answers = {
            "prices/days_to_fill": [{"Day": "2026-01-01", "Spans": 1}],
            "prices/running_fills": [{"mutation_id": "mutation_7.txt", "latest_fail_reason": "disk full"}],
        }
        monkeypatch.setattr(  # an engine that is that slow takes gigabytes
            Store, "rows", lambda self, query, /, **params: answers.get(query) or rows(self, query, **params)
        )
        assert fill(store, 60) == 0


def test_the_same_cost_is_computed_in_all_places() -> None:
    """A span that is stored and one that is filled later are charged by the same expression."""
    texts = [queries.text(f"prices/{name}") for name in ("days_to_fill", "fill_trace_parts", "fill_spans")]
    [expression] = {
        text[text.index("arrayMap((provider, model,") : text.index("OutputTokens, 0))])[1]")] for text in texts
    }
    assert "dictGet('model_price', 'Tiers'" in expression
