"""What of a request may be stored, and what its sender is told."""

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from spanmill_collector.errors import Reason, Refusal
from spanmill_collector.validation import check
from support.otlp import numbers_in, trace_request


def test_a_good_request_is_stored_as_it_came() -> None:
    """The bytes are not written anew, so that nothing of them can change."""
    request = trace_request([1, 2, 3]).SerializeToString()
    checked = check(request)
    assert checked.request is request
    assert (checked.spans, checked.rejected_spans, checked.response) == (3, 0, b"")


@pytest.mark.parametrize("request_", [ExportTraceServiceRequest(), trace_request([])], ids=["empty", "no spans"])
def test_an_empty_request_succeeds(request_: ExportTraceServiceRequest) -> None:
    """There is nothing to store and nothing to complain about."""
    checked = check(request_.SerializeToString())
    assert (checked.spans, checked.response) == (0, b"")


@pytest.mark.parametrize("bad", [b"", b"short", bytes(8), b"too long."], ids=["none", "short", "zero", "long"])
def test_spans_with_bad_ids_are_left_out_and_counted(bad: bytes) -> None:
    """The good spans of the request are stored, the client learns how many were not."""
    request = trace_request([1, 2, 3])
    request.resource_spans[0].scope_spans[0].spans[1].span_id = bad
    checked = check(request.SerializeToString())
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
        check(request.SerializeToString())
    assert refused.value.reason is Reason.UNDECODABLE
    assert "Logs or metrics" not in refused.value.message


@pytest.mark.parametrize("content", [b"\x0a\x05abc", b"not protobuf at all", b"\xff" * 20])
def test_undecodable_bytes_are_refused(content: bytes) -> None:
    """What ClickHouse could not read later is never acknowledged."""
    with pytest.raises(Refusal, match="not a serialised ExportTraceServiceRequest") as refused:
        check(content)
    assert refused.value.reason is Reason.UNDECODABLE


def test_logs_at_the_traces_endpoint_are_named() -> None:
    """Logs decode as spans without ids; the sentence says what happened."""
    logs = ExportLogsServiceRequest()
    record = logs.resource_logs.add().scope_logs.add().log_records.add(time_unix_nano=1, severity_text="INFO")
    record.body.string_value = "a log line"
    with pytest.raises(Refusal, match="Logs or metrics that are sent to the traces endpoint"):
        check(logs.SerializeToString())


def test_metrics_at_the_traces_endpoint_are_refused() -> None:
    """Metrics decode as spans with names for ids, or not at all."""
    metrics = ExportMetricsServiceRequest()
    metric = metrics.resource_metrics.add().scope_metrics.add().metrics.add(name="requests")
    metric.sum.data_points.add(as_int=3)
    with pytest.raises(Refusal) as refused:
        check(metrics.SerializeToString())
    assert refused.value.reason is Reason.UNDECODABLE
