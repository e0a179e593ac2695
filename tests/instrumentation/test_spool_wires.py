"""How what was spooled is sent: as OpenTelemetry's exporters would, by the same variables, and what answers mean."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import grpc
import pytest
import requests
import trustme

from spanmill._target import Signal, resolve
from spanmill.spool.connection import Connection
from spanmill.spool.verdicts import Health, Verdict
from spanmill_collector.options import Options, TlsFiles
from support.collectors import RunningCollector, running_collector
from support.otlp import logs_request, trace_request
from support.otlp_receiver import Receiver
from support.processes import free_port, wait_until
from support.receiver import Reply, receiver
from support.sinks import MemorySink

REQUEST = trace_request([1, 2]).SerializeToString()
PROTOCOLS = pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])


def connection(
    url: str, protocol: str, variables: dict[str, str] | None = None, signal: Signal = "traces"
) -> Connection:
    """To *url*, which is a variable, with others."""
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_EXPORTER_OTLP_PROTOCOL": protocol, **(variables or {})}
    return Connection.to(resolve(None, None, None, environment, signal), environment, signal)


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """A folder with certificates: of an authority, a server and a client."""
    made = trustme.CA()
    made.cert_pem.write_to_path(tmp_path / "ca.pem")
    for name in ("127.0.0.1", "client"):
        issued = made.issue_cert(name)
        issued.private_key_pem.write_to_path(tmp_path / f"{name}.key")
        issued.cert_chain_pems[0].write_to_path(tmp_path / f"{name}.pem")
    return tmp_path


@pytest.fixture
def collector(authority: Path) -> Iterator[RunningCollector]:
    """A collector that speaks TLS, and wants a certificate of its clients."""
    tls = TlsFiles(authority / "127.0.0.1.pem", authority / "127.0.0.1.key", authority / "ca.pem")
    options = Options(
        data_dir=authority / "data",
        clickhouse_url="http://127.0.0.1:1/unused",
        grpc_port=free_port(),
        http_port=free_port(),
        segment_max_age_s=0.02,
        drain_timeout_s=2.0,
        tls=tls,
    )
    with running_collector(options, MemorySink()) as running:
        yield running


@PROTOCOLS
@pytest.mark.parametrize("compression", ["", "gzip"])
def test_tls_with_both_certificates(
    collector: RunningCollector, authority: Path, protocol: str, compression: str
) -> None:
    """The real collector takes spans and log records, compressed or not."""
    variables = {
        "OTEL_EXPORTER_OTLP_CERTIFICATE": str(authority / "ca.pem"),
        "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE": str(authority / "client.pem"),
        "OTEL_EXPORTER_OTLP_CLIENT_KEY": str(authority / "client.key"),
        "OTEL_EXPORTER_OTLP_COMPRESSION": compression,
    }
    url = f"https://{collector.grpc_target}" if protocol == "grpc" else collector.http_url
    given: dict[Signal, bytes] = {"traces": REQUEST, "logs": logs_request([1]).SerializeToString()}
    for signal, request in given.items():
        wire = connection(url, protocol, variables, signal).open()
        assert wire.send(request) is Verdict.TAKEN, wire.said
        wire.close()
    wait_until(lambda: collector.sink.numbers() == [1, 2], "the spans", 10)
    wait_until(lambda: bool(collector.sink.others["logs"]), "the log records", 10)


@PROTOCOLS
def test_a_certificate_of_somebody_else(collector: RunningCollector, protocol: str) -> None:
    """Nothing is sent to it, and nothing given up."""
    url = f"https://{collector.grpc_target}" if protocol == "grpc" else collector.http_url
    for certificate in ("", "/nowhere.pem"):
        variables = {"OTEL_EXPORTER_OTLP_CERTIFICATE": certificate, "OTEL_EXPORTER_OTLP_TIMEOUT": "2"}
        wire = connection(url, protocol, variables).open()
        assert wire.send(REQUEST) is Verdict.AWAY
        assert wire.said
        wire.close()
    assert collector.sink.numbers() == []


@PROTOCOLS
def test_headers(receiver: Receiver, protocol: str) -> None:
    """Those of the variables, as well as those of the code."""
    url = receiver.grpc_url if protocol == "grpc" else receiver.http_url
    given = connection(url, protocol, {"OTEL_EXPORTER_OTLP_HEADERS": "tenant=a,other=b"})
    for one in (given, replace(given, headers={"tenant": "a", "authorization": "Bearer key"})):
        wire = one.open()
        assert wire.send(REQUEST) is Verdict.TAKEN
        wire.close()
    assert [span.headers["tenant"] for span in receiver.spans] == ["a"] * 4
    assert receiver.spans[2].headers["authorization"] == "Bearer key"


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        *((status, Verdict.TAKEN) for status in (200, 202)),
        *((status, Verdict.REFUSED) for status in (400, 404, 413, 415)),
        *((status, Verdict.AWAY) for status in (401, 403, 408, 429, 502, 503, 504)),
        (500, Verdict.FAILED),
    ],
)
def test_what_statuses_mean(status: int, verdict: Verdict) -> None:
    """Only what is wrong with this request is given up."""
    with receiver() as server:
        server.respond = lambda _: Reply(status)
        wire = connection(f"http://127.0.0.1:{server.port}", "http/protobuf").open()
        assert wire.send(REQUEST) is verdict
        assert wire.said.startswith(str(status))
        wire.close()
        assert [request.path for request in server.requests] == ["/v1/traces"]


class Aborting(grpc.GenericRpcHandler):
    """Ends every call as it is told."""

    def __init__(self) -> None:
        self.code = grpc.StatusCode.OK
        self.trailers: tuple[tuple[str, bytes], ...] = ()

    def service(self, _: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[bytes, bytes]":
        """Whatever is called."""

        def end(_: bytes, context: grpc.ServicerContext) -> bytes:
            context.set_trailing_metadata(self.trailers)
            context.set_code(self.code)
            context.set_details("as it was told")
            return b""

        return grpc.unary_unary_rpc_method_handler(end)


@pytest.fixture
def aborting() -> Iterator[tuple[Aborting, str]]:
    """A gRPC server, and its URL."""
    handler = Aborting()
    with ThreadPoolExecutor(2) as threads:
        server = grpc.server(threads)
        server.add_generic_rpc_handlers((handler,))
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        yield handler, f"127.0.0.1:{port}"
        server.stop(None).wait()


HINT = (("google.rpc.retryinfo-bin", b""),)


@pytest.mark.parametrize(
    ("name", "trailers", "verdict"),
    [
        *((name, (), Verdict.REFUSED) for name in ("INVALID_ARGUMENT", "UNIMPLEMENTED", "RESOURCE_EXHAUSTED")),
        *((name, (), Verdict.AWAY) for name in ("UNAVAILABLE", "UNAUTHENTICATED", "PERMISSION_DENIED", "ABORTED")),
        ("RESOURCE_EXHAUSTED", HINT, Verdict.AWAY),
        ("INTERNAL", (), Verdict.FAILED),
    ],
)
def test_what_codes_mean(
    aborting: tuple[Aborting, str], name: str, trailers: tuple[tuple[str, bytes], ...], verdict: Verdict
) -> None:
    """As over HTTP; an exhausted collector that says when to come again is only busy."""
    handler, address = aborting
    handler.code, handler.trailers = grpc.StatusCode[name], trailers
    wire = connection(address, "grpc", {"OTEL_EXPORTER_OTLP_INSECURE": "true"}).open()
    assert wire.send(REQUEST) is verdict
    assert wire.said == f"{name}: as it was told"
    wire.close()


@PROTOCOLS
def test_nobody_is_there(protocol: str) -> None:
    """Which is said at once, not after ten seconds of trying."""
    wire = connection(f"http://127.0.0.1:{free_port()}", protocol).open()
    assert wire.send(REQUEST) is Verdict.AWAY
    assert "refused" in wire.said
    wire.close()


def test_a_connection_that_was_kept_and_closed(receiver: Receiver) -> None:
    """Is no outage: it is opened again."""
    wire = connection(receiver.http_url, "http/protobuf").open()
    seen: list[int] = []
    session: requests.Session = wire._session  # type: ignore[attr-defined] # of the one over HTTP
    posts: Callable[..., requests.Response] = session.post

    def post(*arguments: object, **named: object) -> requests.Response:
        seen.append(1)
        if len(seen) == 1:
            raise requests.ConnectionError("closed")
        return posts(*arguments, **named)

    session.post = post  # type: ignore[method-assign]
    assert wire.send(REQUEST) is Verdict.TAKEN
    wire.close()
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("variables", "endpoint"),
    [
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318/"}, "http://c:4318/v1/traces"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c:4318/own"}, "http://c:4318/own"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4317"}, "http://c:4317"),
        ({}, "http://127.0.0.1:4317"),
    ],
)
def test_where_it_goes(variables: dict[str, str], endpoint: str) -> None:
    """As the variables say; only the one for all signals gets a path."""
    made = Connection.to(resolve(None, None, None, variables), variables, "traces")
    assert (made.endpoint, made.timeout_s, made.compression) == (endpoint, 10.0, "none")


def test_a_collector_that_is_away_is_asked_less_and_less() -> None:
    """Until it answers."""
    now_s, pauses = 0.0, []
    health = Health(lambda: now_s)
    for _ in range(6):
        health.note(Verdict.AWAY, "nobody")
        began_s = now_s
        while health.is_away():
            now_s += 0.5
        pauses.append(now_s - began_s)
    assert pauses == [1, 2, 4, 8, 10, 10]
    assert health.said == "nobody"
    health.note(Verdict.TAKEN, "200 OK")
    assert (health.is_away(), health.said) == (False, "")
