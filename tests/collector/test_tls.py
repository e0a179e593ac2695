"""TLS on both ports, with and without certificates of clients."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import grpc
import pytest
import requests
import trustme

from spanmill_collector.errors import CollectorError
from spanmill_collector.options import Options, TlsFiles
from support.collectors import EXPORT, RunningCollector, running_collector
from support.otlp import trace_request
from support.processes import wait_until
from support.sinks import MemorySink

SMALL = trace_request([1]).SerializeToString()
PROTOBUF = {"Content-Type": "application/x-protobuf"}


class Certificates:
    """An authority, a server and a client that it knows, and a client that it does not know; all as files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        authority, stranger = trustme.CA(), trustme.CA()
        authority.cert_pem.write_to_path(folder / "ca.pem")
        self._write(authority, "server", "127.0.0.1", "localhost")
        self._write(authority, "client", "client.example")
        self._write(stranger, "stranger", "client.example")

    def _write(self, authority: trustme.CA, name: str, *names: str) -> None:
        made = authority.issue_cert(*names)
        made.private_key_pem.write_to_path(self.folder / f"{name}.key")
        with (self.folder / f"{name}.pem").open("wb") as file:
            file.writelines(blob.bytes() for blob in made.cert_chain_pems)

    @property
    def authority(self) -> Path:
        """The authority's certificate."""
        return self.folder / "ca.pem"

    def of(self, name: str) -> tuple[Path, Path]:
        """Certificate and key of *name*."""
        return self.folder / f"{name}.pem", self.folder / f"{name}.key"

    def server(self, *, asks_clients: bool = False) -> TlsFiles:
        """What a collector is given."""
        return TlsFiles(*self.of("server"), self.authority if asks_clients else None)


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    """Certificates in a folder."""
    return Certificates(tmp_path)


@pytest.fixture
def tls(options: Options, sink: MemorySink, certificates: Certificates) -> Iterator[RunningCollector]:
    """A collector with a certificate."""
    with running_collector(replace(options, tls=certificates.server()), sink) as running:
        yield running


@pytest.fixture
def mutual(options: Options, sink: MemorySink, certificates: Certificates) -> Iterator[RunningCollector]:
    """A collector that wants certificates of its clients."""
    with running_collector(replace(options, tls=certificates.server(asks_clients=True)), sink) as running:
        yield running


def export(collector: RunningCollector, certificates: Certificates, client: str = "") -> bytes:
    """Send over gRPC."""
    root = certificates.authority.read_bytes()
    chain, key = (path.read_bytes() for path in certificates.of(client)) if client else (None, None)
    credentials = grpc.ssl_channel_credentials(root, key, chain)
    with grpc.secure_channel(collector.grpc_target, credentials) as channel:
        call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(EXPORT)
        answer: bytes = call(SMALL, timeout=5)
        return answer


def post(collector: RunningCollector, certificates: Certificates, client: str = "") -> requests.Response:
    """Send over HTTP."""
    return requests.post(
        f"https://127.0.0.1:{collector.options.http_port}/v1/traces",
        data=SMALL,
        headers=PROTOBUF,
        verify=str(certificates.authority),
        cert=tuple(map(str, certificates.of(client))) if client else None,  # type: ignore[arg-type]  # a pair
        timeout=5,
    )


def test_both_ports_speak_tls(tls: RunningCollector, certificates: Certificates) -> None:
    """And nothing else."""
    assert export(tls, certificates) == b""
    assert post(tls, certificates).status_code == 200
    wait_until(lambda: tls.sink.numbers() == [1, 1], "the spans", 10)
    with pytest.raises(requests.ConnectionError):
        requests.post(tls.http_url.replace("https", "http") + "/v1/traces", data=SMALL, headers=PROTOBUF, timeout=5)
    with pytest.raises(grpc.RpcError):
        tls.export(SMALL)


def test_clients_with_a_certificate_are_let_in(mutual: RunningCollector, certificates: Certificates) -> None:
    """On both ports."""
    assert export(mutual, certificates, "client") == b""
    assert post(mutual, certificates, "client").status_code == 200


@pytest.mark.parametrize("client", ["", "stranger"])
def test_other_clients_are_not(mutual: RunningCollector, certificates: Certificates, client: str) -> None:
    """Neither without a certificate nor with one of another authority."""
    with pytest.raises(grpc.RpcError):
        export(mutual, certificates, client)
    with pytest.raises(requests.ConnectionError):
        post(mutual, certificates, client)
    assert mutual.sink.attempts == []


@pytest.mark.parametrize("broken", ["certificate", "key", "client_ca"])
@pytest.mark.parametrize("how", ["absent", "junk"])
def test_files_that_cannot_be_used_are_named(
    options: Options, sink: MemorySink, certificates: Certificates, broken: str, how: str
) -> None:
    """One sentence, with the setting, before a port is bound."""
    bad = certificates.folder / "bad.pem"
    if how == "junk":
        bad.write_text("junk")
    files = replace(certificates.server(asks_clients=True), **{broken: bad})
    with pytest.raises(CollectorError, match="SPANMILL_TLS_"), running_collector(replace(options, tls=files), sink):
        pass
