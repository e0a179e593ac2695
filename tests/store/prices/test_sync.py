"""The table of prices follows the list, the user's file and the models that spans name; spans are charged by it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from spanmill_store.client import Store
from spanmill_store.errors import QueryRejected
from spanmill_store.prices import table
from spanmill_store.prices.sync import Synced, sync
from spanmill_store.prices.user_file import PriceFileError
from support.calls import Call, about, charged, charged_now, store_calls

from .conftest import GPT_4O, OWN, Write

pytestmark = [pytest.mark.clickhouse, pytest.mark.usefixtures("short_list")]


class TestCharging:
    """What a span costs that is stored when its price is known."""

    def test_reported_then_computed_then_unknown(self, store: Store) -> None:
        """A reported cost wins; a zero is no report; a model that nobody knows and a call without tokens cost NULL."""
        sync(store, None)
        calls = [
            Call("gpt-4o", reported=0.5),
            Call("gpt-4o", reported=0.0),
            Call("gpt-4o"),
            Call("nobody-knows-it"),
            Call("gpt-4o", input=None),
        ]
        found = charged_now(store, *calls)
        assert found == [
            (0.5, "reported"),
            (about(GPT_4O), "computed"),
            (about(GPT_4O), "computed"),
            (None, ""),
            (None, ""),
        ]

    def test_a_price_of_zero_is_a_price(self, store: Store, write: Write) -> None:
        """A model of one's own that is given as 0 costs 0, which is computed, not unknown."""
        sync(store, write({"model": "llama-*", "input_mtok": 0, "output_mtok": 0}))
        store_calls(store, [Call("llama-3", "vllm")])
        sync(store, write({"model": "llama-*", "input_mtok": 0, "output_mtok": 0}))
        assert charged(store) == [(0.0, "computed")]
        assert charged_now(store, Call("llama-3", "vllm")) == [(0.0, "computed")]

    def test_a_local_model_is_not_charged_what_its_namesake_costs(self, store: Store) -> None:
        """Ollama serves a model that a vendor sells too; an unknown gateway passes on what the vendor takes."""
        sync(store, None)
        found = charged_now(store, Call("deepseek-chat", "ollama"), Call("gpt-4o", "gateway"), Call("gpt-4o", ""))
        assert found == [(None, ""), (about(GPT_4O), "computed"), (about(GPT_4O), "computed")]

    def test_tiers_cached_and_written_tokens(self, store: Store, write: Write) -> None:
        """The tier is chosen by all input tokens and holds for the whole call; parts of the input have their price."""
        tier = {"above_input_tokens": 1000, "input_mtok": 2, "output_mtok": 20}
        entry = OWN | {"cache_read_mtok": 0.1, "cache_write_mtok": 1.25, "per_call": 0.5, "tiers": [tier]}
        sync(store, write(entry))
        found = charged_now(
            store,
            Call("own"),
            Call("own", input=1001),
            Call("own", cached=600, written=100),
            Call("own", input=1001, cached=600, written=100),
            Call("own", input=0, output=0),
        )
        assert [cost for cost, _ in found] == [
            about(0.5 + (1000 * 1 + 100 * 10) / 1e6),
            about(0.5 + (1001 * 2 + 100 * 20) / 1e6),
            about(0.5 + (300 * 1 + 600 * 0.1 + 100 * 1.25 + 100 * 10) / 1e6),
            about(0.5 + (301 * 2 + 600 * 0.1 + 100 * 1.25 + 100 * 20) / 1e6),
            0.5,
        ]

    def test_the_price_is_that_of_the_spans_day_in_utc(self, store: Store, write: Write) -> None:
        """Whenever it is stored, a call is charged by the price of its day."""
        sync(store, write(OWN, OWN | {"valid_from": "2026-06-15", "input_mtok": 2}))
        midnight = datetime(2026, 6, 15, tzinfo=UTC)
        times = [midnight - timedelta(milliseconds=1), midnight, midnight + timedelta(days=40_000)]
        found = charged_now(store, *(Call("own", output=0, at=at) for at in times))
        assert [cost for cost, _ in found] == [0.001, 0.002, 0.002]

    @pytest.mark.parametrize("model", ['o\'brien "x" y', "模型-7B", "É", "a\\b\n{x:String} %s", "m" * 3000])
    def test_names_of_any_kind(self, model: str, store: Store, write: Write) -> None:
        """Quotes, other scripts and length make no difference; the case of Latin letters makes none either."""
        sync(store, write(OWN | {"model": model}))
        assert charged_now(store, Call(model, "me")) == [(about(0.002), "computed")]


class TestFollowing:
    """What a round writes."""

    def test_a_second_round_writes_nothing(self, store: Store, write: Write) -> None:
        """What did not change is not written again, with and without a file and spans."""
        first = sync(store, write(OWN, OWN | {"model": "gpt-4*", "provider": "openai"}))
        assert first.rows == 4 * 3 + 1
        store_calls(store, [Call("gpt-4o-2099-01-01"), Call("nobody-knows-it"), Call("own", "somebody")])
        sync(store, write(OWN, OWN | {"model": "gpt-4*", "provider": "openai"}))
        [before] = store.select("SELECT count() AS n FROM model_prices")
        assert sync(store, write(OWN, OWN | {"model": "gpt-4*", "provider": "openai"})) == Synced(0, 0)
        assert store.select("SELECT count() AS n FROM model_prices") == [before]

    def test_models_are_known_from_the_moment_they_are_seen(self, store: Store) -> None:
        """A name that the list matches and does not spell out gets a row when the first span brings it."""
        sync(store, None)
        store_calls(store, [Call("claude-sonnet-4-5-20991231", "gcp.vertex_ai")])
        assert charged(store) == [(None, "")]
        assert sync(store, None) == Synced(1, 1)
        assert list(table.in_force(store, "claude-sonnet-4-5-20991231")) == [("", "claude-sonnet-4-5-20991231")]

    def test_a_changed_price_is_charged_to_later_spans_only(self, store: Store, write: Write) -> None:
        """What was charged once stays."""
        sync(store, write(OWN))
        store_calls(store, [Call("own")])
        assert sync(store, write(OWN | {"input_mtok": 11})).rows == 1
        store_calls(store, [Call("own")], first=1)
        assert sync(store, write(OWN | {"input_mtok": 11})) == Synced(0, 0)
        assert charged(store) == [(about(0.002), "computed"), (about(0.012), "computed")]

    def test_the_users_price_counts_at_every_provider(self, store: Store, write: Write) -> None:
        """Where the entry names a provider, at that one; where it does not, before the list's own rows too."""
        sync(store, write(OWN | {"model": "gpt-4o"}, OWN | {"model": "gpt-4.1*", "provider": "groq", "input_mtok": 11}))
        found = charged_now(
            store,
            *(Call("gpt-4o", provider) for provider in ("openai", "azure.ai.openai", "", "gateway")),
            Call("gpt-4.1", "groq"),
            Call("gpt-4.1", "openai"),
        )
        costs = [about(0.002)] * 4 + [about(0.012), about(1000 * 2e-6 + 100 * 8e-6)]
        assert [cost for cost, _ in found] == costs

    def test_what_the_file_no_longer_has_is_removed(self, store: Store, write: Write) -> None:
        """The list's price counts again, and a model of the user's own is unknown again, and can come back."""
        entries = [OWN, OWN | {"model": "gpt-4o"}, OWN | {"model": "ft-*"}]
        sync(store, write(*entries))
        store_calls(store, [Call("ft-1")])
        sync(store, write(*entries))
        assert sync(store, write()).rows > 3
        calls = (Call("own"), Call("gpt-4o"), Call("ft-1"))
        assert charged_now(store, *calls) == [(None, ""), (about(GPT_4O), "computed"), (None, "")]
        sync(store, write(*entries))
        assert charged_now(store, *calls) == [(about(0.002), "computed")] * 3
        assert sync(store, write(*entries)) == Synced(0, 0)

    def test_a_process_without_the_file_leaves_its_prices_alone(self, store: Store, write: Write) -> None:
        """Only an empty file, or being told to forget it, removes them."""
        sync(store, write(OWN))
        assert sync(store, None) == Synced(0, 0)
        assert charged_now(store, Call("own"))[0][1] == "computed"
        assert sync(store, None, forgets_file=True).rows == 1
        assert charged_now(store, Call("own")) == [(None, "")]

    def test_a_broken_file_changes_nothing(self, store: Store, write: Write) -> None:
        """What was in force stays."""
        sync(store, write(OWN))
        with pytest.raises(PriceFileError):
            sync(store, write({"model": "x"}))
        assert charged_now(store, Call("own"))[0][1] == "computed"

    def test_a_dictionary_that_cannot_be_reloaded_is_waited_for(
        self, store: Store, write: Write, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Where the server forbids it, the price counts when the dictionary's time is over, and the log says so."""
        store_calls(store, [Call("own")])
        run = Store.run

        def refused(self: Store, query: str, /, **params: Any) -> int:
            # Another thread may be preparing the next test's database.
            if self is store and query == "prices/reload":
                raise QueryRejected("Not enough privileges", 497)
            return run(self, query, **params)

        with monkeypatch.context() as patched:
            patched.setattr(Store, "run", refused)  # no server here refuses it
            assert sync(store, write(OWN)) == Synced(13, 0)
        assert "Changed prices count within half a minute: Not enough privileges" in caplog.text
        store.run("prices/reload")
        assert sync(store, write(OWN)) == Synced(0, 1)
