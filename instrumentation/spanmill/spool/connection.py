"""How a collector is reached: what `spanmill.init` was told, and the ``OTEL_EXPORTER_OTLP_`` variables."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any, Final
from urllib.parse import urlsplit

from opentelemetry.util.re import parse_env_headers

from spanmill._target import Signal, Target, standard
from spanmill.spool.verdicts import Wire

DEFAULT_TIMEOUT_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Connection:
    """
    All that has to be known to send requests of one signal.

    OpenTelemetry's exporters take spans only, not what was once encoded, and say neither why they failed nor that they
    did before ten seconds are over. So the spool sends by itself, by the same variables.

    Attributes:
        signal: What is sent.
        is_grpc: Over gRPC; else over HTTP.
        endpoint: URL; for gRPC perhaps without a scheme.
        headers: In lower case.
        timeout_s: For each request.
        compression: ``gzip``, ``deflate`` or ``none``.
        certificate: File of the authority, empty for the system's.
        client_certificate: File of the client's own.
        client_key: File of its key.
        is_insecure: No TLS, where the endpoint does not say so itself; None: not said.
        credentials: Name of a provider of them, as OpenTelemetry's exporters know it; empty for none.
    """

    signal: Signal
    is_grpc: bool
    endpoint: str
    headers: Mapping[str, str]
    timeout_s: float
    compression: str
    certificate: str
    client_certificate: str
    client_key: str
    is_insecure: bool | None
    credentials: str

    @classmethod
    def to(cls, target: Target, environment: Mapping[str, str], signal: Signal) -> "Connection":
        """Return the one to *target*."""

        def said(name: str) -> str:
            return (standard(environment, signal, name) or "").strip()

        insecure = said("INSECURE").lower()
        return cls(
            signal=signal,
            is_grpc=target.protocol == "grpc",
            endpoint=target.endpoint or _endpoint(target, environment, signal),
            headers=target.headers or parse_env_headers(said("HEADERS"), liberal=True),
            timeout_s=_seconds(said("TIMEOUT")),
            compression=said("COMPRESSION").lower() or "none",
            certificate=said("CERTIFICATE"),
            client_certificate=said("CLIENT_CERTIFICATE"),
            client_key=said("CLIENT_KEY"),
            is_insecure=insecure == "true" if insecure else None,
            credentials=_provider(target, environment, signal),
        )

    def open(self) -> Wire:
        """Return a wire of its own; nothing is connected before it sends."""
        wire: Wire = self.load().open_wire(self)
        return wire

    def load(self) -> ModuleType:
        """Import what sends: at once, because imports may fail when the interpreter is about to end."""
        return importlib.import_module(f"spanmill.spool.over_{'grpc' if self.is_grpc else 'http'}")

    def provided(self) -> Any:
        """Return what the provider of credentials makes: a session for HTTP, channel credentials for gRPC; or None."""
        if not self.credentials:
            return None
        [provider] = entry_points(group="opentelemetry_otlp_credential_provider", name=self.credentials)
        return provider.load()()


def _endpoint(target: Target, environment: Mapping[str, str], signal: Signal) -> str:
    """As the standard variables say; only the one for all signals needs a path."""
    url = standard(environment, signal, "ENDPOINT") or ""
    is_whole = target.protocol == "grpc" or environment.get(f"OTEL_EXPORTER_OTLP_{signal.upper()}_ENDPOINT")
    return url if is_whole else f"{url.removesuffix('/')}/v1/{signal}"


def _seconds(text: str) -> float:
    try:
        return float(text) if text else DEFAULT_TIMEOUT_S
    except ValueError:
        return DEFAULT_TIMEOUT_S


def _provider(target: Target, environment: Mapping[str, str], signal: Signal) -> str:
    prefix = f"OTEL_PYTHON_EXPORTER_OTLP_{'GRPC' if target.protocol == 'grpc' else 'HTTP'}"
    own, common = (environment.get(f"{prefix}_{part}CREDENTIAL_PROVIDER") for part in (f"{signal.upper()}_", ""))
    return own or common or ""


def is_plain(connection: Connection) -> bool:
    """Whether gRPC goes without TLS: the scheme says so, else the variable."""
    scheme = urlsplit(connection.endpoint).scheme
    if scheme == "https":
        return False
    return scheme == "http" if connection.is_insecure is None else connection.is_insecure
