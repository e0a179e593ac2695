"""What of a request may be stored, and what its sender is told."""

import pytest
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from spanmill_collector.errors import Reason, Refusal
from spanmill_collector.otlp.signals import LOGS, METRICS, SIGNALS, TRACES, Signal
from spanmill_collector.otlp.validation import check
from support.otlp import logs_request, metrics_request, numbers_in, trace_request


@pytest.mark.parametrize(
    ("signal", "request_"),
    [(TRACES, trace_request([1, 2, 3])), (LOGS, logs_request([1, 2, 3])), (METRICS, metrics_request([1, 2, 3]))],
    ids=lambda value: value.name if isinstance(value, Signal) else "",
)
def test_a_good_request_says_what_it_said(signal: Signal, request_: Message) -> None:
    """What is stored reads as what came, and is counted."""
    checked = check(request_.SerializeToString(), signal)
    assert signal.official.FromString(checked.request) == request_
    assert (checked.items, checked.refused, checked.response) == (3, 0, b"")


def test_what_is_stored_was_written_by_protobuf() -> None:
    """A client's odd spelling, such as padded lengths, never reaches ClickHouse."""
    request = trace_request([1]).SerializeToString()
    assert request[1] <= 0x7F, "a length of one byte"
    padded = request[:1] + bytes([request[1] | 0x80, 0x80, 0x00]) + request[2:]
    assert check(padded, TRACES).request == request


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_an_empty_request_succeeds(signal: Signal) -> None:
    """There is nothing to store and nothing to complain about."""
    checked = check(b"", signal)
    assert (checked.items, checked.response) == (0, b"")


def test_every_kind_of_data_point_is_counted() -> None:
    """A metric has points in one of five places."""
    request = metrics_request([1, 2])
    metrics = request.resource_metrics[0].scope_metrics[0].metrics
    metrics.add(name="s").sum.data_points.add()
    metrics.add(name="h").histogram.data_points.add()
    metrics.add(name="e").exponential_histogram.data_points.add()
    metrics.add(name="u").summary.data_points.add()
    metrics.add(name="none")
    assert check(request.SerializeToString(), METRICS).items == 6


@pytest.mark.parametrize("bad", [b"", b"short", bytes(8), b"too long."], ids=["none", "short", "zero", "long"])
def test_spans_with_bad_ids_are_left_out_and_counted(bad: bytes) -> None:
    """The good spans of the request are stored, the client learns how many were not."""
    request = trace_request([1, 2, 3])
    request.resource_spans[0].scope_spans[0].spans[1].span_id = bad
    checked = check(request.SerializeToString(), TRACES)
    assert numbers_in(ExportTraceServiceRequest.FromString(checked.request)) == [1, 3]
    partial = ExportTraceServiceResponse.FromString(checked.response).partial_success
    assert partial.rejected_spans == 1
    assert partial.error_message.startswith("1 of 3 spans left out: a trace id must be 16 bytes")


def test_a_request_without_any_usable_span_is_refused() -> None:
    """Success would hide that nothing was stored."""
    request = trace_request([1, 2])
    for span in request.resource_spans[0].scope_spans[0].spans:
        span.trace_id = bytes(16)
    with pytest.raises(Refusal, match="None of the 2 spans has usable ids") as refused:
        check(request.SerializeToString(), TRACES)
    assert refused.value.reason is Reason.UNDECODABLE
    assert refused.value.items == 2
    assert "another signal" not in refused.value.message


@pytest.mark.parametrize("content", [b"\x0a\x05abc", b"not protobuf at all", b"\xff" * 20])
@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_undecodable_bytes_are_refused(content: bytes, signal: Signal) -> None:
    """What ClickHouse could not read later is never acknowledged."""
    with pytest.raises(Refusal, match=f"not a serialised Export.*OTLP {signal.name}, protobuf") as refused:
        check(content, signal)
    assert refused.value.reason is Reason.UNDECODABLE


def test_text_that_is_not_utf8_is_repaired() -> None:
    """A character cut in two costs that character, not the request, and the client is told."""
    request = trace_request([1, 2], text="??!").SerializeToString().replace(b"??", b"\xc3(")
    checked = check(request, TRACES)
    [one, two] = ExportTraceServiceRequest.FromString(checked.request).resource_spans[0].scope_spans[0].spans
    assert [span.attributes[0].value.string_value for span in (one, two)] == ["\ufffd(!"] * 2
    partial = ExportTraceServiceResponse.FromString(checked.response).partial_success
    assert (checked.items, partial.rejected_spans) == (2, 0)
    assert partial.error_message.startswith("2 texts are not UTF-8: stored with U+FFFD")


def test_logs_at_the_traces_endpoint_are_named() -> None:
    """Logs decode as spans without ids; the sentence says what happened."""
    logs = ExportLogsServiceRequest()
    record = logs.resource_logs.add().scope_logs.add().log_records.add(time_unix_nano=1, severity_text="INFO")
    record.body.string_value = "a log line"
    with pytest.raises(
        Refusal, match="This looks like another signal: send logs to /v1/logs or metrics to /v1/metrics"
    ):
        check(logs.SerializeToString(), TRACES)


def test_metrics_at_the_traces_endpoint_are_refused() -> None:
    """Metrics decode as spans with names for ids, or not at all."""
    metrics = ExportMetricsServiceRequest()
    metric = metrics.resource_metrics.add().scope_metrics.add().metrics.add(name="requests")
    metric.sum.data_points.add(as_int=3)
    with pytest.raises(Refusal) as refused:
        check(metrics.SerializeToString(), TRACES)
    assert refused.value.reason is Reason.UNDECODABLE
