"""Attribute values of every kind arrive in ClickHouse without loss."""

import base64
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.common.v1.common_pb2 import ArrayValue, KeyValueList

from spanmill_store.client import Store
from spanmill_store.otlp.ingest import TraceIngest
from support.spans import Plain, new_token, request, segment, span

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
    "strings": (["a", 'b"c'], '["a","b\\"c"]'),
    "mixed array": ([1, "a", True, 0.5, b"\x00", None, ""], '[1,"a",true,0.5,"AA==",null,""]'),
    "endless numbers": ([math.nan, math.inf, 1e300], '["nan","inf",1e300]'),
    "map": ({"a": 1, "b": "x"}, '{"a":1,"b":"x"}'),
    "awkward keys": ({'k"ey': 1, "": 2}, '{"k\\"ey":1,"":2}'),
    "array of maps": ([{"role": "user"}, {}], '[{"role":"user"},{}]'),
    "map of arrays": ({"a": [1, 2], "b": []}, '{"a":[1,2],"b":[]}'),
    "array of arrays": ([[1], []], "[[1],[]]"),
    "map of maps": ({"a": {"b": False}}, '{"a":{"b":false}}'),
}


def attributes_of_span(store: Store) -> dict[str, str]:
    """Attributes of the one span in *store*."""
    [row] = store.select("SELECT SpanAttributes FROM otel_traces")
    return dict(row["SpanAttributes"])


def test_every_kind_of_value_has_its_usual_spelling(ingest: TraceIngest, store: Store) -> None:
    """Scalars are their text, bytes base64, arrays and maps JSON; empty ones are told from absent ones."""
    values = {name: value for name, (value, _) in GOLDEN.items()}
    ingest.insert([segment(request([span(attributes=values)]))], new_token())
    assert attributes_of_span(store) == {name: text for name, (_, text) in GOLDEN.items()}


def test_values_are_spelled_alike_wherever_they_occur(ingest: TraceIngest, store: Store) -> None:
    """Resources, events and links render flat values as spans do."""
    flat: dict[str, Plain] = {"text": "a", "count": 3, "list": ["x", 1], "empty": [], "map": {"k": True}}
    sent = span(attributes=flat)
    event = sent.events.add(name="moment", time_unix_nano=7)
    link = sent.links.add(trace_id=b"\x01" * 16, span_id=b"\x02" * 8, trace_state="a=b")
    event.attributes.extend(sent.attributes)
    link.attributes.extend(sent.attributes)
    ingest.insert([segment(request([sent], resource={"service.name": "s", **flat}))], new_token())
    [row] = store.select("SELECT * FROM otel_traces")
    expected = {"text": "a", "count": "3", "list": '["x",1]', "empty": "[]", "map": '{"k":true}'}
    assert row["SpanAttributes"] == expected
    assert row["ResourceAttributes"] == {"service.name": "s", **expected}
    assert row["Events.Attributes"] == [expected]
    assert row["Links.Attributes"] == [expected]
    assert (row["Links.TraceId"], row["Links.SpanId"]) == (["01" * 16], ["02" * 8])
    assert (row["Links.TraceState"], row["Events.Name"]) == (["a=b"], ["moment"])


def test_what_is_nested_too_deep_stays_as_its_bytes(ingest: TraceIngest, store: Store) -> None:
    """Below the decoded levels a value is kept as base64 of its protobuf bytes, and reads back the same."""
    deep: Plain = [{"parts": [{"text": "hi"}], "meta": {"a": 1}, "none": []}]
    ingest.insert([segment(request([span(attributes={"deep": deep})]))], new_token())
    [message] = json.loads(attributes_of_span(store)["deep"])
    parts = ArrayValue.FromString(base64.b64decode(message["parts"]["otlp.array_value"]))
    meta = KeyValueList.FromString(base64.b64decode(message["meta"]["otlp.kvlist_value"]))
    assert parts.values[0].kvlist_value.values[0].value.string_value == "hi"
    assert meta.values[0].value.int_value == 1
    assert message["none"] == []


def test_repeated_keys_are_kept(ingest: TraceIngest, store: Store) -> None:
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
containers = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def depth(value: Any) -> int:
    """Levels of nesting in *value*."""
    if isinstance(value, Mapping):
        return 1 + max((depth(item) for item in value.values()), default=0)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return 1 + max((depth(item) for item in value), default=0)
    return 0


def is_same(read: Any, sent: Any) -> bool:
    """Whether *read*, from JSON, is *sent*; a double without a fraction is spelled like an int."""
    if isinstance(sent, Mapping):
        return isinstance(read, dict) and read.keys() == sent.keys() and all(is_same(read[k], sent[k]) for k in sent)
    if isinstance(sent, list):
        return isinstance(read, list) and len(read) == len(sent) and all(map(is_same, read, sent))
    return bool(float(read) == sent if isinstance(sent, float) else read == sent and type(read) is type(sent))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(containers.filter(lambda value: 1 <= depth(value) <= 2), min_size=1, max_size=30))
def test_nested_values_read_back_equal(values: list[Plain], ingest: TraceIngest, store: Store) -> None:
    """Arrays and maps of up to two levels are JSON that says the same."""
    store.execute("TRUNCATE TABLE otel_traces")
    attributes: dict[str, Plain] = {str(number): value for number, value in enumerate(values)}
    ingest.insert([segment(request([span(attributes=attributes)]))], new_token())
    stored = attributes_of_span(store)
    for number, value in enumerate(values):
        assert is_same(json.loads(stored[str(number)]), value), stored[str(number)]
