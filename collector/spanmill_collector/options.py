"""The collector's options: the installation's settings plus the limits that only the collector knows."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from spanmill_collector.errors import CollectorError

MIB = 1024 * 1024

Durability = Literal["fsync", "process"]
"""What an acknowledgement survives: ``fsync`` a power cut, ``process`` the death of processes, not of the machine."""


@dataclass(frozen=True, slots=True)
class Options:
    """
    Everything that `spanmill_collector.wiring.build` needs.

    Attributes:
        data_dir: The log lies in its subfolder ``wal/traces``.
        clickhouse_url: Server and database that segments are shipped to.
        allow_unauthenticated: Permits a bind address other than loopback although anybody may then send.
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
    durability: Durability = "fsync"
    allow_unauthenticated: bool = False
    wal_max_bytes: int = 4096 * MIB
    request_max_bytes: int = 64 * MIB
    in_flight_max_bytes: int = 128 * MIB
    segment_max_bytes: int = 32 * MIB
    segment_max_age_s: float = 0.2
    parallel_inserts: int = 2
    drain_timeout_s: float = 5.0

    def __post_init__(self) -> None:
        """Refuse a bind address that would open an endpoint without keys to a network."""
        if not self.allow_unauthenticated and not is_loopback(self.host):
            raise CollectorError(
                f"SPANMILL_HOST={self.host} would let anybody on that network send spans, and the collector has no "
                "keys yet: bind to 127.0.0.1, or pass --allow-unauthenticated where the network itself is closed."
            )


def is_loopback(host: str) -> bool:
    """Whether *host*, a name or an address, is reachable from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
