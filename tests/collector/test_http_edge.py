"""OTLP over HTTP, health and metrics."""

import gzip
import json
import socket
import zlib
from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]  # stubs without a py.typed marker
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from spanmill_collector.accounts.metrics import PREFIX, TABLE
from spanmill_collector.options import Options
from support.clients import as_json
from support.collectors import RunningCollector, running_collector
from support.otlp import logs_request, metrics_request, trace_request
from support.processes import free_port, wait_until
from support.sinks import MemorySink

PROTOBUF = "application/x-protobuf"
SMALL = trace_request([1, 2]).SerializeToString()
LARGE = trace_request([1], text="a" * 2 * 1024 * 1024).SerializeToString()
MIB = 1024 * 1024


@pytest.fixture
def http() -> Iterator[requests.Session]:
    """A client that keeps its connection."""
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCollector]:
    """One collector for all requests that store nothing."""
    options = Options(
        tmp_path_factory.mktemp("refusing"),
        "http://127.0.0.1:1/unused",
        grpc_port=free_port(),
        http_port=free_port(),
        request_max_bytes=MIB,
    )
    with running_collector(options, MemorySink()) as running:
        yield running


def post(
    http: requests.Session, collector: RunningCollector, body: bytes, path: str = "/v1/traces", **headers: str
) -> requests.Response:
    """Post *body* as OTLP; further *headers* are named in Python's spelling."""
    named = {"Content-Type": PROTOBUF} | {name.replace("_", "-"): value for name, value in headers.items()}
    return http.post(collector.http_url + path, data=body, headers=named, timeout=20)


@pytest.mark.parametrize("encoding", ["identity", "gzip", "GZIP", ""])
def test_spans_are_acknowledged_and_shipped(http: requests.Session, collector: RunningCollector, encoding: str) -> None:
    """Full success is an empty response in the request's content type."""
    body = gzip.compress(SMALL) if encoding.lower() == "gzip" else SMALL
    answer = post(http, collector, body, Content_Encoding=encoding)
    assert (answer.status_code, answer.content, answer.headers["Content-Type"]) == (200, b"", PROTOBUF)
    wait_until(lambda: collector.sink.numbers() == [1, 2], "the spans", 10)


def test_gzip_of_several_members_is_one_body(http: requests.Session, collector: RunningCollector) -> None:
    """Writers may join gzip files; the body is all of them."""
    body = gzip.compress(SMALL[:10]) + gzip.compress(b"") + gzip.compress(SMALL[10:])
    assert post(http, collector, body, Content_Encoding="gzip").status_code == 200
    wait_until(lambda: collector.sink.numbers() == [1, 2], "the spans", 10)


def test_a_chunked_body_is_read(http: requests.Session, collector: RunningCollector) -> None:
    """A body without a length is as good as one with it."""
    answer = http.post(
        collector.http_url + "/v1/traces", data=iter([SMALL[:7], SMALL[7:]]), headers={"Content-Type": PROTOBUF}
    )
    assert answer.status_code == 200
    wait_until(lambda: collector.sink.numbers() == [1, 2], "the spans", 10)


def test_an_empty_request_stores_nothing(http: requests.Session, refusing: RunningCollector) -> None:
    """An empty envelope is a success, compressed or not."""
    assert post(http, refusing, b"").status_code == 200
    assert post(http, refusing, gzip.compress(b""), Content_Encoding="gzip").status_code == 200
    assert refusing.sink.attempts == []


def test_partial_success_counts_bad_spans(http: requests.Session, collector: RunningCollector) -> None:
    """Good spans are stored beside bad ones."""
    request = trace_request([1, 2, 3])
    request.resource_spans[0].scope_spans[0].spans[0].trace_id = b"bad"
    answer = post(http, collector, request.SerializeToString())
    assert answer.status_code == 200
    assert ExportTraceServiceResponse.FromString(answer.content).partial_success.rejected_spans == 1
    wait_until(lambda: collector.sink.numbers() == [2, 3], "the good spans", 10)


@pytest.mark.parametrize(
    ("body", "headers", "status", "words"),
    [
        (b"junk", {}, 400, "not a serialised ExportTraceServiceRequest"),
        (b"junk" * 10, {"Content_Encoding": "gzip"}, 400, "not gzip"),
        (gzip.compress(SMALL)[:-9], {"Content_Encoding": "gzip"}, 400, "ends before it is complete"),
        (zlib.compress(SMALL), {"Content_Encoding": "deflate"}, 415, "'deflate' is not read"),
        (SMALL, {"Content_Encoding": "br"}, 415, "send gzip or none"),
        (SMALL, {"Content_Type": "text/plain"}, 415, "'text/plain' is not OTLP"),
        (LARGE, {}, 413, "larger than 1048576 bytes"),
        (gzip.compress(LARGE), {"Content_Encoding": "gzip"}, 413, "larger than 1048576 bytes"),
        (SMALL, {"path": "/v2/traces"}, 404, "OTLP goes to /v1/traces, /v1/logs, /v1/metrics"),
    ],
)
def test_a_bad_request_is_told_why(
    http: requests.Session, refusing: RunningCollector, body: bytes, headers: dict[str, str], status: int, words: str
) -> None:
    """Every refusal is a google.rpc.Status with one sentence, and clients are not told to come again."""
    answer = post(http, refusing, body, **headers)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, PROTOBUF)
    assert words in Status.FromString(answer.content).message
    assert "Retry-After" not in answer.headers
    assert refusing.sink.attempts == []


def test_json_is_answered_in_json(http: requests.Session, collector: RunningCollector) -> None:
    """The answer speaks the client's language, parameters of the type or not."""
    body = as_json(trace_request([1, 2]))
    answer = post(http, collector, body, Content_Type="application/json; charset=utf-8")
    assert (answer.status_code, answer.content, answer.headers["Content-Type"]) == (200, b"{}", "application/json")
    wait_until(lambda: collector.sink.numbers() == [1, 2], "the spans", 10)


@pytest.mark.parametrize("signal", ["logs", "metrics"])
def test_logs_and_metrics_are_taken(http: requests.Session, collector: RunningCollector, signal: str) -> None:
    """Each has its own path, and its own log and table behind it."""
    request = logs_request([1, 2]) if signal == "logs" else metrics_request([1, 2])
    answer = post(http, collector, request.SerializeToString(), f"/v1/{signal}")
    assert (answer.status_code, answer.content) == (200, b"")
    wait_until(lambda: len(collector.sink.others[signal]) == 1, "the segment", 10)


def test_another_method_is_refused(http: requests.Session, refusing: RunningCollector) -> None:
    """Traces are posted."""
    answer = http.get(refusing.http_url + "/v1/traces", timeout=10)
    assert answer.status_code == 405
    assert "POST" in Status.FromString(answer.content).message


def test_a_gzip_bomb_costs_no_memory(http: requests.Session, refusing: RunningCollector) -> None:
    """A body of 200 MiB that travels as 200 kB is refused at the limit."""
    inflater = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(inflater.compress(bytes(MIB)) for _ in range(200)) + inflater.flush()
    assert post(http, refusing, bomb, Content_Encoding="gzip").status_code == 413


def test_a_client_that_leaves_in_the_middle_stores_nothing(refusing: RunningCollector) -> None:
    """Half a body is no request, and its bytes are given back."""
    head = f"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: {PROTOBUF}\r\nContent-Length: 1000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", refusing.options.http_port)) as client:
        client.sendall(head.encode() + b"x" * 10)
        wait_until(lambda: _metric(refusing, "in_flight_bytes") == 1000, "the reservation", 10)
    wait_until(lambda: _metric(refusing, "in_flight_bytes") == 0, "its end", 10)
    assert refusing.sink.attempts == []


def test_a_full_log_asks_clients_to_come_again(http: requests.Session, options: Options, sink: MemorySink) -> None:
    """503 with Retry-After, which clients retry, and not ready for a load balancer."""
    sink.is_away = True
    with running_collector(replace(options, wal_max_bytes=len(SMALL) + 60), sink) as collector:
        assert post(http, collector, SMALL).status_code == 200
        answer = post(http, collector, SMALL)
        assert answer.status_code == 503
        assert 1 <= int(answer.headers["Retry-After"]) <= 3
        assert "ClickHouse does not keep up" in Status.FromString(answer.content).message
        assert _ready(http, collector)["problems"] == {"write-ahead log": "is full"}


def test_the_collector_is_ready_while_the_store_is_away(
    http: requests.Session, options: Options, sink: MemorySink
) -> None:
    """Keeping spans is what it is there for; what the store does is only shown."""
    sink.is_away = True
    with running_collector(options, sink) as collector:
        assert post(http, collector, SMALL).status_code == 200
        wait_until(lambda: bool(sink.attempts), "an attempt to ship", 10)
        wait_until(lambda: _ready(http, collector)["store"] == "away", "the report", 10)
        assert _ready(http, collector)["ready"] is True
        sink.is_away = False
        wait_until(lambda: _ready(http, collector)["store"] == "answers", "the report", 10)


def test_the_collector_lives(http: requests.Session, refusing: RunningCollector) -> None:
    """Liveness asks nothing of anybody else."""
    assert http.get(refusing.http_url + "/health/live", timeout=10).json() == {"live": True}


def test_every_declared_metric_is_shown(http: requests.Session, collector: RunningCollector) -> None:
    """The table and the endpoint agree, and requests add up: received = acknowledged + refused."""
    post(http, collector, SMALL)
    post(http, collector, b"junk")
    text = http.get(collector.http_url + "/metrics", timeout=10).text
    assert [metric.name for metric in TABLE if f"# HELP {PREFIX}{metric.name} " not in text] == []
    requests_of = 'signal="traces",transport="http"'
    assert f"{PREFIX}received_requests_total{{{requests_of}}} 2.0" in text
    assert f'{PREFIX}refused_requests_total{{reason="undecodable",{requests_of}}} 1.0' in text
    assert f'{PREFIX}acknowledged_items_total{{key="",project="default",signal="traces"}} 2.0' in text


def _metric(collector: RunningCollector, name: str) -> float:
    text = requests.get(collector.http_url + "/metrics", timeout=10).text
    (line,) = [line for line in text.splitlines() if line.startswith(f"spanmill_collector_{name} ")]
    return float(line.split()[1])


def _ready(http: requests.Session, collector: RunningCollector) -> dict[str, object]:
    report: dict[str, object] = json.loads(http.get(collector.http_url + "/health/ready", timeout=10).text)
    return report
