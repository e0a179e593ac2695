"""What the price list says is what spans are charged: compared with the library that brings it, over all of it."""

import itertools
import random
import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
from genai_prices import Usage, calc_price
from genai_prices.types import ModelPrice

from spanmill_store.client import Store
from spanmill_store.prices import catalog
from spanmill_store.prices.price import FIRST_DAY, LAST_DAY, Price, Tokens, on
from spanmill_store.prices.provider_names import id_of
from spanmill_store.prices.sync import sync
from support.calls import Call, charged, store_calls

UNCOUNTED = {"output_reasoning_mtok", "output_citation_mtok"}


def library_cost(call: Call) -> float | None:
    """What the library itself charges, asking for the provider, then for any."""
    usage = Usage(
        input_tokens=call.input,
        output_tokens=call.output,
        cache_read_tokens=call.cached or None,
        cache_write_tokens=call.written or None,
    )
    for provider in dict.fromkeys((id_of(call.provider) or None, None)):
        try:
            return float(
                calc_price(usage, call.model, provider_id=provider, genai_request_timestamp=call.at).total_price
            )
        except LookupError:
            continue
    return None


def days_of(key: tuple[str, str]) -> list[date]:
    """Days around every change of a price."""
    starts = [period.valid_from for period in catalog.resolve(*key)]
    days = {start + timedelta(days=days) for start in starts if start > FIRST_DAY for days in (-1, 0)}
    return [date(2026, 6, 15), *sorted(days)]


def tokens_of(price: Price, dice: random.Random) -> Iterator[tuple[int, int, int, int]]:
    """Token counts at and around the start of every tier, and some others."""
    for start in [0, *(tier.from_tokens for tier in price.tiers[1:])]:
        for total in {max(0, start - 1), start, start + 1, start + dice.randrange(10**5)}:
            cached = dice.choice([0, dice.randint(0, total)])
            yield total, cached, dice.choice([0, dice.randint(0, total - cached)]), dice.randrange(10**4)


def calls_of(key: tuple[str, str], dice: random.Random) -> Iterator[Call]:
    """Calls of one model on all days and in all tiers that make a difference."""
    for day in days_of(key):
        period = on(catalog.resolve(*key), day)
        for total, cached, written, output in tokens_of(period.price, dice) if period else []:
            at = datetime.combine(day, time(dice.randrange(24), dice.randrange(60)), UTC)
            yield Call(key[1], key[0], total, output, cached, written, at)


@pytest.mark.clickhouse
def test_spans_are_charged_what_the_library_says(store: Store) -> None:
    """Every name of the list, at every provider, in every tier, around every change of price, to nine digits."""
    sync(store, None)
    dice = random.Random(7)
    keys = [key for key in sorted(catalog.exact_keys()) if catalog.resolve(*key)[0].origin == catalog.ORIGIN]
    calls = [call for key in keys for call in calls_of(key, dice)]
    assert len(calls) > 10_000
    store_calls(store, calls)
    wrong = [
        (call, cost, source)
        for call, (cost, source) in zip(calls, charged(store), strict=True)
        if source != "computed" or cost != pytest.approx(library_cost(call), rel=1e-9, abs=1e-15)
    ]
    assert wrong == []


def test_any_name_is_matched_as_the_library_does() -> None:
    """Names with prefixes, suffixes, dates and other cases find the same price at the same provider, or none."""
    dice = random.Random(11)
    keys = dice.sample(sorted(catalog.exact_keys()), 1500)
    changes = (str.upper, "x-{}".format, "{}-20251211".format, "{}:beta".format, "eu.{}".format, "{}x".format)
    for provider, model in keys:
        name = dice.choice(changes)(model)
        call = Call(name, provider, 1000, 100, 10, 5, datetime(2026, 6, 15, 12, tzinfo=UTC))
        period = on(catalog.resolve(provider, name), call.at.date())
        expected = library_cost(call)
        if period is None:
            assert expected in (None, 0.0), call  # 0.0: charged by what we do not count
        elif period.origin == catalog.ORIGIN:
            tokens = Tokens(1000, 10, 5, 100)
            assert period.price.cost(tokens) == pytest.approx(expected, rel=1e-9), call


@pytest.mark.parametrize(
    ("provider", "model", "provider_id"),
    [
        ("openai", "gpt-4o", "openai"),
        ("anthropic", "claude-sonnet-4-5", "anthropic"),
        ("gcp.gemini", "gemini-2.5-pro", "google"),
        ("gcp.vertex_ai", "gemini-2.5-pro", "google"),
        ("gcp.vertex_ai", "claude-sonnet-4-5", "anthropic"),
        ("aws.bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "aws"),
        ("azure.ai.openai", "gpt-4o", "azure"),
        ("azure.ai.inference", "gpt-4o-mini", "azure"),
        ("azure_openai", "gpt-4o", "azure"),
        ("mistral_ai", "mistral-large-latest", "mistral"),
        ("groq", "llama-3.3-70b-versatile", "groq"),
        ("x_ai", "grok-3", "x-ai"),
        ("cohere", "command-r-plus", "cohere"),
        ("perplexity", "sonar", "perplexity"),
        ("litellm", "anthropic/claude-sonnet-4-5", "anthropic"),
        ("", "gpt-4o", "openai"),
        ("somebodys-gateway", "gpt-4o", "openai"),
    ],
)
def test_providers_are_known_by_the_names_of_opentelemetry(provider: str, model: str, provider_id: str) -> None:
    """A provider as spans call it is the one that the list means; where nobody is known, the model's name decides."""
    usage = Usage(input_tokens=10_000, output_tokens=100)
    bare = model.rpartition("/")[2]
    expected = calc_price(
        usage, bare, provider_id=provider_id, genai_request_timestamp=datetime(2026, 6, 15, tzinfo=UTC)
    )
    period = on(catalog.resolve(provider, model), date(2026, 6, 15))
    assert period
    assert period.price.cost(Tokens(input=10_000, output=100)) == pytest.approx(float(expected.total_price))


def test_what_runs_on_ones_own_machine_has_no_list_price() -> None:
    """A local model is not charged what the vendor of its namesake takes."""
    assert catalog.resolve("deepseek", "deepseek-chat")
    assert catalog.resolve("ollama", "deepseek-chat") == ()


def test_prices_by_the_hour_are_those_of_most_hours() -> None:
    """Of a price that depends on the time of day, the one that holds longest is taken, and the origin says so."""
    [period] = catalog.resolve("deepseek", "deepseek-chat")
    usage = Usage(input_tokens=10**6, output_tokens=0)
    by_hour = [
        float(
            calc_price(
                usage,
                "deepseek-chat",
                provider_id="deepseek",
                genai_request_timestamp=datetime(2026, 6, 15, hour, 45, tzinfo=UTC),
            ).total_price
        )
        for hour in range(24)
    ]
    assert period.price.cost(Tokens(input=10**6)) == max(set(by_hour), key=by_hour.count)
    assert len(set(by_hour)) == 2
    assert period.origin == "genai-prices, price of most hours of the day"


def test_what_is_charged_by_nothing_that_we_count_has_no_price() -> None:
    """A model that is only charged by characters, pages or hours is unknown, not free; one that is free is 0."""
    assert catalog.resolve("openai", "tts-1") == ()
    free = [key for key in catalog.exact_keys() if key[0] == "openrouter" and key[1].endswith(":free")]
    assert free
    assert {on(catalog.resolve(*key), date(2026, 6, 15)).price.cost(Tokens(9, 1, 1, 9)) for key in free} == {0.0}  # type: ignore[union-attr] # free for ever


def test_units_that_are_left_out_are_known() -> None:
    """A new kind of price in the list is noticed here, before somebody is charged without it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kinds = {
            kind
            for provider in catalog.providers()
            for model in provider.models
            for prices in (model.prices if isinstance(model.prices, list) else [model.prices])
            for kind, price in getattr(prices, "prices", prices).__dict__.items()
            if price is not None
        }
    assert isinstance(ModelPrice(), ModelPrice)
    counted = {"input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok", "requests_kcount"}
    other_media = {
        kind for kind in kinds if any(word in kind for word in ("audio", "image", "video", "document", "char"))
    }
    searches = {kind for kind in kinds if kind.endswith("searches_kcount")}
    assert kinds - counted - other_media - searches == {*UNCOUNTED, "cache_write_1h_mtok", "input_text_messages_kcount"}


def test_periods_do_not_overlap() -> None:
    """Each begins where the one before it ends, and the last has no end."""
    for key in catalog.exact_keys():
        periods = catalog.resolve(*key)
        assert periods[-1].valid_until == LAST_DAY
        for one, two in itertools.pairwise(periods):
            assert one.valid_until < two.valid_from
