"""The lint of the mapping names what is missing, and where it may be."""

import time

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from spanmill_store.client import Store
from spanmill_store.mapping_gaps import Gap, gaps
from support.spans import Plain, span

from .conftest import Send

pytestmark = pytest.mark.clickhouse


def recent(number: int, attributes: dict[str, Plain], trace: int = 1) -> Span:
    """A span of just now."""
    built = span(trace=trace, number=number, attributes=attributes)
    built.start_time_unix_nano = time.time_ns() - 10**9
    built.end_time_unix_nano = built.start_time_unix_nano + 1000
    return built


def test_a_service_whose_calls_lack_something_is_named(send: Send, store: Store) -> None:
    """Model, tokens, input and session, with the attribute that looks like each."""
    strange: dict[str, Plain] = {
        "gen_ai.operation.name": "chat", "acme.model": "m", "acme.usage.total": 5, "acme.prompt": "hi",
        "acme.session": "s",
    }  # fmt: skip
    send([recent(1, strange), recent(2, {**strange, "gen_ai.request.model": "m"})], {"service.name": "shop"})
    found = {gap.field: gap for gap in gaps(store, 3600)}
    assert found["model"] == Gap("default", "shop", "model", 2, 1, ["acme.model"])
    assert found["tokens"] == Gap("default", "shop", "tokens", 2, 2, ["acme.usage.total"])
    assert found["input"].looks_like == ["acme.prompt"]
    assert found["session"].looks_like == ["acme.session"]


def test_spans_of_an_unknown_dialect_are_noticed(send: Send, store: Store) -> None:
    """What has a model and tokens and is taken for anything is worth a look."""
    send([recent(1, {"foo.model": "m", "foo.tokens.in": 3})], {"service.name": "shop"})
    assert gaps(store, 3600) == [Gap("default", "shop", "kind", 1, 1, ["foo.tokens.in"])]


def test_a_session_anywhere_in_the_trace_is_enough(send: Send, store: Store) -> None:
    """The root names it, the call below need not."""
    complete: dict[str, Plain] = {
        "gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 1,
        "gen_ai.input.messages": "[]",
    }  # fmt: skip
    send([recent(1, {"session.id": "s"}), recent(2, complete)])
    assert gaps(store, 3600) == []
