"""Attribute values of every kind arrive in ClickHouse without loss."""

import base64
import json
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.common.v1.common_pb2 import ArrayValue, KeyValueList

from spanmill_store.client import Store
from spanmill_store.otlp.ingest import SignalIngest
from support.spans import Plain, key_values, new_token, request, segment, span

pytestmark = pytest.mark.clickhouse

GOLDEN: dict[str, tuple[Plain, str]] = {
    "string": ("hello", "hello"),
    "empty string": ("", ""),
    "no value": (None, ""),
    "unicode": ('日本 \U0001f600 \n\t"quoted" \\', '日本 \U0001f600 \n\t"quoted" \\'),
    "true": (True, "true"),
    "false": (False, "false"),
    "zero": (0, "0"),
    "int": (42, "42"),
    "smallest int": (-(2**63), "-9223372036854775808"),
    "largest int": (2**63 - 1, "9223372036854775807"),
    "zero double": (0.0, "0"),
    "double": (0.25, "0.25"),
    "large double": (1e300, "1e300"),
    "not a number": (math.nan, "nan"),
    "infinity": (-math.inf, "-inf"),
    "bytes": (b"\x00\xff", "AP8="),
    "empty bytes": (b"", ""),
    "empty array": ([], "[]"),
    "empty map": ({}, "{}"),
    "list with empty containers": ([[], {}], "[[],{}]"),
    "strings": (["a", 'b"c'], '["a","b\\"c"]'),
    "mixed array": ([1, "a", True, 0.5, b"\x00", None, ""], '[1,"a",true,0.5,"AA==",null,""]'),
    "endless numbers": ([math.nan, math.inf, 1e300], '["nan","inf",1e300]'),
}


def attributes_of_span(store: Store) -> dict[str, str]:
    """Attributes of the one span in *store*."""
    [row] = store.select("SELECT SpanAttributes FROM otel_traces")
    return dict(row["SpanAttributes"])


def test_every_kind_of_value_has_its_usual_spelling(ingest: SignalIngest, store: Store) -> None:
    """Scalars are their text, bytes base64, arrays and maps JSON; empty ones are told from absent ones."""
    values = {name: value for name, (value, _) in GOLDEN.items()}
    ingest.insert([segment(request([span(attributes=values)]))], new_token())
    assert attributes_of_span(store) == {name: text for name, (_, text) in GOLDEN.items()}


def test_values_are_spelled_alike_wherever_they_occur(ingest: SignalIngest, store: Store) -> None:
    """Resources, scopes, events and links render plain values as spans do."""
    flat: dict[str, Plain] = {"text": "a", "count": 3, "yes": True, "share": 0.5, "bytes": b"\x00", "empty": []}
    sent = span(attributes={**flat, "list": ["x", 1]})
    event = sent.events.add(name="moment", time_unix_nano=7)
    link = sent.links.add(trace_id=b"\x01" * 16, span_id=b"\x02" * 8, trace_state="a=b")
    for place in (event, link):
        place.attributes.extend(key_values(flat))
    exported = request([sent], resource={"service.name": "s", **flat, "list": ["x", 1]})
    exported.resource_spans[0].scope_spans[0].scope.attributes.extend(key_values(flat))
    ingest.insert([segment(exported)], new_token())
    [row] = store.select("SELECT * FROM otel_traces")
    expected = {"text": "a", "count": "3", "yes": "true", "share": "0.5", "bytes": "AA==", "empty": "[]"}
    assert row["SpanAttributes"] == {**expected, "list": '["x",1]'}
    assert row["ResourceAttributes"] == {"service.name": "s", **expected, "list": '["x",1]'}
    assert row["ScopeAttributes"] == expected
    assert row["Events.Attributes"] == [expected]
    assert row["Links.Attributes"] == [expected]
    assert (row["Links.TraceId"], row["Links.SpanId"]) == (["01" * 16], ["02" * 8])
    assert (row["Links.TraceState"], row["Events.Name"]) == (["a=b"], ["moment"])


def test_what_is_nested_too_deep_stays_as_its_bytes(ingest: SignalIngest, store: Store) -> None:
    """
    What ClickHouse does not decode is kept as base64 of its protobuf bytes, and reads back the same.

    The collector leaves nothing of the kind; a writer that passes it by may.
    """
    sent = span(attributes={"map": {"text": "hi"}, "list": [{"a": 1}, [2]]})
    event = sent.events.add(name="moment")
    event.attributes.extend(key_values({"list": ["x"]}))
    ingest.insert([segment(request([sent]))], new_token())
    stored = attributes_of_span(store)
    undecoded = json.loads(stored["map"])["otlp.kvlist_value"]
    assert KeyValueList.FromString(base64.b64decode(undecoded)).values[0].value.string_value == "hi"
    first, second = json.loads(stored["list"])
    assert KeyValueList.FromString(base64.b64decode(first["otlp.kvlist_value"])).values[0].value.int_value == 1
    assert ArrayValue.FromString(base64.b64decode(second["otlp.array_value"])).values[0].int_value == 2
    [row] = store.select("SELECT Events.Attributes AS attributes FROM otel_traces")
    undecoded = json.loads(row["attributes"][0]["list"])["otlp.array_value"]
    assert ArrayValue.FromString(base64.b64decode(undecoded)).values[0].string_value == "x"


def test_repeated_keys_are_kept(ingest: SignalIngest, store: Store) -> None:
    """A key that comes twice is not lost: the map holds both entries in order."""
    sent = span(attributes={"a": 1})
    sent.attributes.extend(span(attributes={"a": 2}).attributes)
    ingest.insert([segment(request([sent]))], new_token())
    [row] = store.select("SELECT mapValues(SpanAttributes) AS values FROM otel_traces")
    assert row["values"] == ["1", "2"]


scalars = st.one_of(
    st.text(max_size=20),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.none(),
)


def is_same(read: Any, sent: Any) -> bool:
    """Whether *read*, from JSON, is *sent*; a double without a fraction is spelled like an int."""
    return bool(float(read) == sent if isinstance(sent, float) else read == sent and type(read) is type(sent))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.lists(scalars, max_size=5), min_size=1, max_size=30))
def test_lists_read_back_equal(values: list[list[Any]], ingest: SignalIngest, store: Store) -> None:
    """Lists of plain values are JSON that says the same."""
    store.execute("TRUNCATE TABLE otel_traces")
    attributes: dict[str, Plain] = {str(number): list(value) for number, value in enumerate(values)}
    ingest.insert([segment(request([span(attributes=attributes)]))], new_token())
    stored = attributes_of_span(store)
    for number, value in enumerate(values):
        read = json.loads(stored[str(number)])
        assert len(read) == len(value)
        assert all(map(is_same, read, value)), stored[str(number)]
