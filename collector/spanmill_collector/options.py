"""The collector's options: the installation's settings plus the limits that only the collector knows."""

import ipaddress
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from spanmill_collector.errors import CollectorError

MIB = 1024 * 1024

Durability = Literal["fsync", "process"]
"""What an acknowledgement survives: ``fsync`` a power cut, ``process`` the death of processes, not of the machine."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files: certificate, key, and the authority that clients' certificates must come from, if they must."""

    certificate: Path
    key: Path
    client_ca: Path | None = None

    def read(self, name: Literal["certificate", "key", "client_ca"]) -> bytes:
        """
        Read one of the files.

        Raises:
            CollectorError: It cannot be read.
        """
        path: Path | None = getattr(self, name)
        if path is None:
            return b""
        try:
            return path.read_bytes()
        except OSError as error:
            setting = {"certificate": "CERT", "key": "KEY", "client_ca": "CLIENT_CA"}[name]
            raise CollectorError(f"Cannot read {path} ({error.strerror}): correct SPANMILL_TLS_{setting}.") from error

    def context(self) -> ssl.SSLContext:
        """
        Make the context of a TLS server.

        Raises:
            CollectorError: The files cannot be used.
        """
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        for name in ("certificate", "key", "client_ca"):
            self.read(name)
        try:
            context.load_cert_chain(self.certificate, self.key)
        except (OSError, ssl.SSLError) as error:
            raise CollectorError(
                f"The certificate {self.certificate} and the key {self.key} cannot be used together ({error}): "
                "correct SPANMILL_TLS_CERT and SPANMILL_TLS_KEY."
            ) from error
        if self.client_ca is not None:
            try:
                context.load_verify_locations(self.client_ca)
            except (OSError, ssl.SSLError) as error:
                raise CollectorError(
                    f"{self.client_ca} holds no certificate of an authority ({error}): correct SPANMILL_TLS_CLIENT_CA."
                ) from error
            context.verify_mode = ssl.CERT_REQUIRED
        return context


@dataclass(frozen=True, slots=True)
class Options:
    """
    Everything that `spanmill_collector.wiring.build_and_run` needs.

    Attributes:
        data_dir: The log lies in its subfolder ``wal``.
        clickhouse_url: Server and database that segments are shipped to.
        number: Which of the collectors on this machine it is, from 1; each has a log of its own.
        collectors: How many collectors share the ports.
        tls: Certificate and key; None: no TLS.
        cors_origins: Origins whose pages may send from a browser.
        wal_max_bytes: Requests are refused while more than this waits for ClickHouse.
        request_max_bytes: Largest request, after decompression.
        in_flight_max_bytes: Largest sum of requests that are being read or committed at the same time.
        segment_max_bytes: A segment is sealed when it is this large.
        segment_max_age_s: While ClickHouse keeps up, a segment is sealed this long after its first record.
        parallel_inserts: Segments that are sent at the same time; ClickHouse gives each one core.
        drain_timeout_s: How long a stop waits for the last segments to be shipped.
    """

    data_dir: Path
    clickhouse_url: str
    host: str = "127.0.0.1"
    grpc_port: int = 4317
    http_port: int = 4318
    number: int = 1
    collectors: int = 1
    durability: Durability = "fsync"
    tls: TlsFiles | None = None
    cors_origins: tuple[str, ...] = field(default=())
    wal_max_bytes: int = 4096 * MIB
    request_max_bytes: int = 64 * MIB
    in_flight_max_bytes: int = 128 * MIB
    segment_max_bytes: int = 64 * MIB
    segment_max_age_s: float = 0.2
    parallel_inserts: int = 2
    drain_timeout_s: float = 5.0

    @property
    def requires_key(self) -> bool:
        """Whether a request needs a key: anywhere else than on loopback, anybody on the network could send."""
        return not is_loopback(self.host)

    @property
    def shares_port(self) -> bool:
        """Whether other collectors listen on the same ports."""
        return self.collectors > 1


def is_loopback(host: str) -> bool:
    """Whether *host*, a name or an address, is reachable from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
