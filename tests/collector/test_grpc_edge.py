"""OTLP over gRPC, as clients of any language see it."""

from dataclasses import replace

import grpc
import pytest
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import RetryInfo  # type: ignore[import-untyped]  # stubs without a py.typed marker
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]  # stubs without a py.typed marker
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from spanmill_collector.options import Options
from support.collectors import EXPORT, EXPORT_LOGS, EXPORT_METRICS, RunningCollector, running_collector
from support.otlp import logs_request, metrics_request, trace_request
from support.processes import wait_until
from support.sinks import MemorySink

LARGE = trace_request([1], text="a" * 2 * 1024 * 1024).SerializeToString()


def refused(collector: RunningCollector, request: bytes, compression: grpc.Compression | None = None) -> grpc.RpcError:
    """Send *request* and return the error that it must give."""
    with pytest.raises(grpc.RpcError) as error:
        collector.export(request, compression=compression)
    return error.value


def trailers(error: grpc.RpcError) -> dict[str, bytes]:
    """Trailing metadata by key."""
    found: dict[str, bytes] = {item.key: item.value for item in error.trailing_metadata() or ()}
    return found


@pytest.mark.parametrize("compression", [None, grpc.Compression.Gzip], ids=["identity", "gzip"])
def test_spans_are_acknowledged_and_shipped(collector: RunningCollector, compression: grpc.Compression | None) -> None:
    """Full success is an empty response, and the spans arrive once."""
    assert collector.export(trace_request([1, 2]).SerializeToString(), compression=compression) == b""
    wait_until(lambda: collector.sink.numbers() == [1, 2], "the spans", 10)


def test_an_empty_request_stores_nothing(collector: RunningCollector) -> None:
    """An empty envelope is a success."""
    assert collector.export(b"") == b""
    assert collector.sink.attempts == []


def test_partial_success_counts_bad_spans(collector: RunningCollector) -> None:
    """Good spans are stored beside bad ones."""
    request = trace_request([1, 2])
    request.resource_spans[0].scope_spans[0].spans[0].span_id = b"bad"
    response = ExportTraceServiceResponse.FromString(collector.export(request.SerializeToString()))
    assert response.partial_success.rejected_spans == 1
    wait_until(lambda: collector.sink.numbers() == [2], "the good span", 10)


def test_undecodable_bytes_are_an_invalid_argument(collector: RunningCollector) -> None:
    """The code tells clients not to come again, and no retry hint contradicts it."""
    error = refused(collector, b"junk")
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    status = Status.FromString(trailers(error)["grpc-status-details-bin"])
    assert (status.code, status.message) == (3, error.details())
    assert "google.rpc.retryinfo-bin" not in trailers(error)


@pytest.mark.parametrize("compression", [None, grpc.Compression.Gzip], ids=["raw", "inflated"])
def test_a_request_that_is_too_large_is_refused(
    collector: RunningCollector, compression: grpc.Compression | None
) -> None:
    """The limit holds on the wire and after decompression, without a retry hint."""
    error = refused(collector, LARGE, compression)
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert trailers(error) == {}


@pytest.mark.parametrize(
    ("signal", "method", "request_"),
    [("logs", EXPORT_LOGS, logs_request([1, 2])), ("metrics", EXPORT_METRICS, metrics_request([1, 2]))],
    ids=["logs", "metrics"],
)
def test_logs_and_metrics_are_taken(collector: RunningCollector, signal: str, method: str, request_: Message) -> None:
    """Each service has its own log and table behind it."""
    assert collector.export(request_.SerializeToString(), method) == b""
    wait_until(lambda: len(collector.sink.others[signal]) == 1, "the segment", 10)


def test_an_unknown_method_is_unimplemented(collector: RunningCollector) -> None:
    """GRPC's own answer is enough for a path that nobody knows."""
    with pytest.raises(grpc.RpcError) as error:
        collector.export(b"", EXPORT + "Everything")
    assert error.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_a_full_log_asks_clients_to_come_again(options: Options, sink: MemorySink) -> None:
    """UNAVAILABLE with the retry hint in both places that clients look at, shorter than their patience."""
    sink.is_away = True
    with running_collector(replace(options, wal_max_bytes=2000), sink) as collector:
        collector.export(trace_request([1], text="a" * 1000).SerializeToString())
        error = refused(collector, trace_request([2], text="a" * 1000).SerializeToString())
        assert error.code() is grpc.StatusCode.UNAVAILABLE
        found = trailers(error)
        delay = RetryInfo.FromString(found["google.rpc.retryinfo-bin"]).retry_delay.seconds
        assert 1 <= delay <= 3
        (packed,) = Status.FromString(found["grpc-status-details-bin"]).details
        hint = RetryInfo()
        assert packed.Unpack(hint)
        assert hint.retry_delay.seconds == delay
        sink.is_away = False
        wait_until(lambda: sink.numbers() == [1], "the first span", 10)
        collector.export(trace_request([3], text="a" * 1000).SerializeToString())
    assert sink.numbers() == [1, 3]


def test_too_much_in_flight_is_refused(options: Options, sink: MemorySink) -> None:
    """A request that does not fit beside those under way is asked to come again."""
    with running_collector(replace(options, in_flight_max_bytes=1000), sink) as collector:
        error = refused(collector, trace_request([1], text="a" * 2000).SerializeToString())
        assert error.code() is grpc.StatusCode.UNAVAILABLE
        assert collector.export(trace_request([2]).SerializeToString()) == b""
