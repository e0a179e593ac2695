"""OTLP/JSON: proto3 JSON with the deviations of the OTLP specification."""

import base64
import json
import math
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from spanmill_collector.errors import Reason, Refusal
from spanmill_collector.otlp.json_request import MAX_DEPTH, from_json
from spanmill_collector.otlp.signals import LOGS, METRICS, TRACES, Signal
from spanmill_collector.otlp.validation import check
from support.otlp import metrics_request
from support.spans import Plain, any_value

TRACE_ID, SPAN_ID = "5B8EFFF798038103D269B633813FC60C", "eee19b7ec3c1b174"


def span(**fields: Any) -> dict[str, Any]:
    """A trace request with one span that has *fields*."""
    whole = {"traceId": TRACE_ID, "spanId": SPAN_ID, **fields}
    return {"resourceSpans": [{"scopeSpans": [{"spans": [whole]}]}]}


def read(data: Any) -> Span:
    """The only span of the trace request *data*."""
    request = ExportTraceServiceRequest.FromString(from_json(json.dumps(data).encode(), TRACES))
    return request.resource_spans[0].scope_spans[0].spans[0]


def refusal(data: Any, signal: Signal = TRACES) -> str:
    """Why *data* is refused."""
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    with pytest.raises(Refusal) as refused:
        from_json(body, signal)
    assert refused.value.reason is Reason.UNDECODABLE
    return refused.value.message


def test_ids_are_hexadecimal_in_either_case() -> None:
    """Not base64, as proto3 JSON has it."""
    found = read(span(parentSpanId="EEE19B7EC3C1B173"))
    assert found.trace_id == bytes.fromhex(TRACE_ID)
    assert found.span_id == bytes.fromhex(SPAN_ID)
    assert found.parent_span_id == bytes.fromhex("eee19b7ec3c1b173")


@pytest.mark.parametrize("value", [1544712660000000000, "1544712660000000000"])
def test_large_numbers_come_as_strings_or_numbers(value: int | str) -> None:
    """JavaScript has no 64-bit integers, so most clients send strings."""
    assert read(span(startTimeUnixNano=value)).start_time_unix_nano == 1544712660000000000


def test_enums_are_numbers() -> None:
    """Names are an error, not zero."""
    assert read(span(kind=3, status={"code": 2})).kind == 3
    assert 'kind: an enum is its number, not "SPAN_KIND_CLIENT"' in refusal(span(kind="SPAN_KIND_CLIENT"))


def test_unknown_names_are_ignored() -> None:
    """A newer client may say more; snake_case is not known either."""
    found = read({**span(name="a", newField={"x": [1]}, span_id="0000000000000001"), "more": 1})
    assert (found.name, found.span_id.hex()) == ("a", SPAN_ID)


def test_null_is_absent() -> None:
    """As in proto3 JSON."""
    assert read(span(name=None, attributes=None, status=None)).name == ""


def test_values_of_every_kind() -> None:
    """Strings, booleans, integers as strings or numbers, doubles and their words, bytes, lists and maps."""
    values = {
        "s": {"stringValue": "x"},
        "b": {"boolValue": True},
        "i": {"intValue": "-9223372036854775808"},
        "n": {"intValue": 7},
        "d": {"doubleValue": 1.5},
        "w": {"doubleValue": 3},
        "inf": {"doubleValue": "-Infinity"},
        "nan": {"doubleValue": "NaN"},
        "y": {"bytesValue": "AP8="},
        "a": {"arrayValue": {"values": [{"intValue": 1}, {"stringValue": "x"}, None]}},
        "e": {"arrayValue": {}},
        "m": {"kvlistValue": {"values": [{"key": "k", "value": {"boolValue": False}}]}},
        "none": {},
    }
    found = read(span(attributes=[{"key": key, "value": value} for key, value in values.items()]))
    by_key = {pair.key: pair.value for pair in found.attributes}
    assert math.isnan(by_key.pop("nan").double_value)
    expected: dict[str, Plain] = {
        "s": "x",
        "b": True,
        "i": -(2**63),
        "n": 7,
        "d": 1.5,
        "w": 3.0,
        "inf": -math.inf,
        "y": b"\x00\xff",
        "a": [1, "x", None],
        "e": [],
        "m": {"k": False},
        "none": None,
    }
    assert by_key == {key: any_value(value) for key, value in expected.items()}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "The body is not JSON"),
        (b"{", "The body is not JSON"),
        (b"\xff", "The body is not JSON"),
        ([], "the body: an object is expected, not []"),
        ({"resourceSpans": {}}, "resourceSpans: a list is expected, not {}"),
        (span(traceId="xyz"), 'resourceSpans.[0].scopeSpans.[0].spans.[0].traceId: "xyz" is not hexadecimal'),
        (span(traceId=7), "traceId: a string is expected, not 7"),
        (span(name=["a"]), 'name: a string is expected, not ["a"]'),
        (span(startTimeUnixNano=-1), "startTimeUnixNano: -1 does not fit between 0 and 18446744073709551615"),
        (span(startTimeUnixNano=1.5), "startTimeUnixNano: a whole number is expected, not 1.5"),
        (span(startTimeUnixNano="1_000"), 'startTimeUnixNano: a whole number is expected, not "1_000"'),
        (span(startTimeUnixNano="soon"), 'startTimeUnixNano: a whole number is expected, not "soon"'),
        (span(startTimeUnixNano=True), "startTimeUnixNano: a whole number is expected, not true"),
        (span(status=3), "status: an object is expected, not 3"),
        (span(attributes=[{"key": "k", "value": {"boolValue": 1}}]), "boolValue: true or false is expected, not 1"),
        (span(attributes=[{"key": "k", "value": {"doubleValue": "x"}}]), 'doubleValue: a number is expected, not "x"'),
        (span(attributes=[{"key": "k", "value": {"bytesValue": "%"}}]), 'bytesValue: "%" is not base64'),
    ],
)
def test_what_does_not_fit_is_named(data: Any, said: str) -> None:
    """The sentence says where and what."""
    assert said in refusal(data)


def levels_in(value: Any) -> int:
    """How many lists lie around the 1 in *value*, JSON that may hold OTLP/JSON as text."""
    levels = 0
    while value != 1:
        if isinstance(value, str):
            value = json.loads(value)
        elif isinstance(value, list):
            [value] = value
            levels += 1
        else:
            [value] = value.values()
    return levels


@pytest.mark.parametrize("body", [b'{"a":"\\ud83d"}', b'{"a":"\xf0\x9f"}'], ids=["surrogate", "bytes"])
def test_halves_of_characters_are_replaced(body: bytes) -> None:
    """JavaScript cuts texts in the middle of an emoji, and then writes the half of it that is left."""
    sent = json.dumps(span(attributes=[{"key": "k", "value": {"stringValue": "a \\ b \U0001f600 HALF"}}])).encode()
    half = body[6:-2]
    stored = ExportTraceServiceRequest.FromString(from_json(sent.replace(b"HALF", half), TRACES))
    text = stored.resource_spans[0].scope_spans[0].spans[0].attributes[0].value.string_value
    assert text == "a \\ b \U0001f600 \ufffd"


def test_nesting_is_limited() -> None:
    """What lies deeper than the limit stays JSON, as text; what JSON's parser does not take is an error, no crash."""

    def nested(levels: int) -> dict[str, Any]:
        value: dict[str, Any] = {"intValue": 1}
        for _ in range(levels):
            value = {"arrayValue": {"values": [value]}}
        return span(attributes=[{"key": "deep", "value": value}])

    for levels in (10, MAX_DEPTH // 2 - 3, MAX_DEPTH // 2 - 2, MAX_DEPTH // 2 + 2, 250):
        body = from_json(json.dumps(nested(levels)).encode(), TRACES)
        stored = ExportTraceServiceRequest.FromString(check(body, TRACES).request)
        assert levels_in(stored.resource_spans[0].scope_spans[0].spans[0].attributes[0].value.string_value) == levels
    deep = b'{"arrayValue":{"values":[' * 330 + b"]}}" * 330
    body = json.dumps(span(attributes=[{"key": "deep", "value": "DEEP"}])).encode()
    assert "nested too deep" in refusal(body.replace(b'"DEEP"', deep))
    hostile = b'{"resourceSpans":' + b"[" * 200_000
    assert "not JSON" in refusal(hostile)
    assert "not JSON" in refusal(b'{"a":' * 100_000 + b"1" + b"}" * 100_000)


def test_attribute_names_are_only_names() -> None:
    """A key that means something to other languages is a key."""
    found = read(span(attributes=[{"key": "__proto__.polluted", "value": {"stringValue": "x"}}]))
    assert found.attributes[0].key == "__proto__.polluted"


def test_logs_and_metrics() -> None:
    """All three signals are read by the same rules."""
    logs = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"stringValue": "hi"}, "traceId": TRACE_ID}]}]}]}
    request = ExportLogsServiceRequest.FromString(from_json(json.dumps(logs).encode(), LOGS))
    (record,) = request.resource_logs[0].scope_logs[0].log_records
    assert (record.body.string_value, record.trace_id.hex()) == ("hi", TRACE_ID.lower())
    metrics = metrics_request([5])
    as_json = json.dumps(MessageToDict(metrics)).encode()
    assert ExportMetricsServiceRequest.FromString(from_json(as_json, METRICS)) == metrics


def with_hex_ids(data: Any) -> Any:
    """Proto3 JSON with ids as OTLP has them."""
    if isinstance(data, list):
        return [with_hex_ids(item) for item in data]
    if isinstance(data, dict):
        ids = ("traceId", "spanId", "parentSpanId")
        return {k: base64.b64decode(v).hex() if k in ids else with_hex_ids(v) for k, v in data.items()}
    return data


names = st.text(max_size=8)
events = st.builds(lambda name, time: Span.Event(name=name, time_unix_nano=time), names, st.integers(0, 2**64 - 1))
spans = st.builds(
    lambda name, kind, start, trace_id, events, number: Span(
        name=name,
        kind=kind,
        start_time_unix_nano=start,
        trace_id=trace_id,
        span_id=trace_id[:8],
        events=events,
        flags=number,
    ),
    names,
    st.integers(0, 5),
    st.integers(0, 2**64 - 1),
    st.binary(min_size=16, max_size=16),
    st.lists(events, max_size=2),
    st.integers(0, 2**32 - 1),
)


@given(st.lists(spans, max_size=3))
def test_json_and_protobuf_say_the_same(sent: list[Span]) -> None:
    """What protobuf's own library writes as JSON reads back as the same message."""
    request = ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().spans.extend(sent)
    as_json = with_hex_ids(MessageToDict(request, use_integers_for_enums=True))
    assert ExportTraceServiceRequest.FromString(from_json(json.dumps(as_json).encode(), TRACES)) == request
