"""Values that are nested deeper than ClickHouse decodes become the JSON text that stands for them."""

import base64
import json
import math
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from spanmill_collector.otlp.signals import LOGS, TRACES
from spanmill_collector.otlp.validation import check
from support.otlp import logs_request, trace_request
from support.spans import Plain, any_value, key_values

LIST_TEXT = '[{"role":"user","parts":[{"type":"text","content":"hi"}]}]'
MESSAGES: Plain = [{"role": "user", "parts": [{"type": "text", "content": "hi"}]}]


def stored_span_values(attributes: Mapping[str, Plain]) -> dict[str, AnyValue]:
    """What is stored of a span's *attributes*."""
    request = trace_request([1])
    span = request.resource_spans[0].scope_spans[0].spans[0]
    del span.attributes[:]
    span.attributes.extend(key_values(attributes))
    stored = ExportTraceServiceRequest.FromString(check(request.SerializeToString(), TRACES).request)
    return {pair.key: pair.value for pair in stored.resource_spans[0].scope_spans[0].spans[0].attributes}


def test_shallow_values_are_left_to_clickhouse() -> None:
    """Plain values and lists of them arrive as they were sent."""
    attributes: dict[str, Plain] = {"text": "a", "n": 1, "list": ["x", 1, True, None], "empty": []}
    assert stored_span_values(attributes) == {key: any_value(value) for key, value in attributes.items()}


def test_structured_messages_are_the_json_that_other_instrumentations_send() -> None:
    """The canonical columns read one form, whichever way an instrumentation sends messages."""
    stored = stored_span_values({"gen_ai.input.messages": MESSAGES, "plain": 7})
    assert stored["gen_ai.input.messages"].string_value == LIST_TEXT
    assert stored["plain"].int_value == 7


@pytest.mark.parametrize("value", [{}, {"a": 1}, [[]], [{}], {"a": {"b": [1]}}], ids=str)
def test_every_nested_value_is_found(value: Plain) -> None:
    """An empty map, a list of empty lists: nothing that ClickHouse does not decode slips through."""
    assert json.loads(stored_span_values({"nested": value})["nested"].string_value) == value


def test_nested_values_are_found_wherever_they_are() -> None:
    """In resources, scopes, events and links too; in the last three a list is nested enough."""
    request = trace_request([1])
    resource_spans = request.resource_spans[0]
    scope_spans = resource_spans.scope_spans[0]
    span = scope_spans.spans[0]
    event, link = span.events.add(name="e"), span.links.add()
    places = (resource_spans.resource, scope_spans.scope, span, event, link)
    for place in places:
        del place.attributes[:]
        place.attributes.extend(key_values({"nested": {"a": 1}}))
    event.attributes.extend(key_values({"list": [1, 2]}))
    stored = ExportTraceServiceRequest.FromString(check(request.SerializeToString(), TRACES).request).resource_spans[0]
    stored_span = stored.scope_spans[0].spans[0]
    stored_event = stored_span.events[0]
    for place in (stored.resource, stored.scope_spans[0].scope, stored_span, stored_event, stored_span.links[0]):
        assert place.attributes[0].value.string_value == '{"a":1}'
    assert stored_event.attributes[1].value.string_value == "[1,2]"


def test_the_body_of_a_log_record_is_found() -> None:
    """Structured bodies are how several instrumentations send what a model said."""
    request = logs_request([1])
    record = request.resource_logs[0].scope_logs[0].log_records[0]
    record.body.CopyFrom(any_value({"content": "hi", "tool_calls": [{"id": 1}]}))
    stored = ExportLogsServiceRequest.FromString(check(request.SerializeToString(), LOGS).request)
    body = stored.resource_logs[0].scope_logs[0].log_records[0].body
    assert json.loads(body.string_value) == {"content": "hi", "tool_calls": [{"id": 1}]}


def test_what_json_has_no_word_for_is_text() -> None:
    """Bytes are base64, NaN and the infinities their names, no value is null."""
    value: Plain = {"bytes": b"\x00\xff", "nan": math.nan, "inf": -math.inf, "none": None}
    text = stored_span_values({"odd": value})["odd"].string_value
    encoded = base64.b64encode(b"\x00\xff").decode()
    assert json.loads(text) == {"bytes": encoded, "nan": "nan", "inf": "-inf", "none": None}


scalars = (
    st.text(max_size=10)
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.none()
)
nested = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


def is_shallow(value: Any) -> bool:
    """Whether ClickHouse decodes *value* itself."""
    if isinstance(value, list):
        return not any(isinstance(item, list | dict) for item in value)
    return not isinstance(value, dict)


@given(st.dictionaries(st.text(max_size=5), nested, max_size=5))
def test_nested_values_read_back_equal(values: dict[str, Any]) -> None:
    """Whatever is sent, what is stored says the same: as the value itself, or as its JSON."""
    stored = stored_span_values(values)
    assert stored.keys() == values.keys()
    everything_is_shallow = all(map(is_shallow, values.values()))
    for key, value in values.items():
        if everything_is_shallow or not isinstance(value, list | dict):
            assert stored[key] == any_value(value)
        else:
            assert json.loads(stored[key].string_value) == value
