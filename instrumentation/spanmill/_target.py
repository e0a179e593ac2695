"""Where spans go and by which protocol: pure decisions, nothing is opened here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlsplit

from opentelemetry.util.re import parse_env_headers

OtlpProtocol = Literal["grpc", "http/protobuf"]

DEFAULT_ENDPOINTS: Final[dict[OtlpProtocol, str]] = {
    "grpc": "http://127.0.0.1:4317",
    "http/protobuf": "http://127.0.0.1:4318",
}
HTTP_PORT: Final = 4318
Signal = Literal["traces", "logs"]


@dataclass(frozen=True, slots=True)
class Target:
    """
    The collector as an exporter wants to know it.

    Attributes:
        protocol: OTLP over gRPC or over HTTP.
        endpoint: URL, complete with the path for HTTP; None: the exporter reads ``OTEL_EXPORTER_OTLP_*ENDPOINT``.
        headers: Sent with every request; empty: the exporter reads ``OTEL_EXPORTER_OTLP_*HEADERS``.
    """

    protocol: OtlpProtocol
    endpoint: str | None
    headers: dict[str, str]


def resolve(
    endpoint: str | None,
    headers: Mapping[str, str] | None,
    api_key: str | None,
    environment: Mapping[str, str],
    signal: Signal = "traces",
) -> Target:
    """
    Decide where spans go, or logs.

    A given *endpoint* wins over ``OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`` and ``OTEL_EXPORTER_OTLP_ENDPOINT``, and these
    over the collector on this machine. ``OTEL_EXPORTER_OTLP_TRACES_PROTOCOL`` or ``OTEL_EXPORTER_OTLP_PROTOCOL`` say
    how; where neither does, a URL with port 4318 or a path means HTTP, any other gRPC. For logs there are variables
    with ``LOGS`` in their names, and a given URL that ends in the path for traces stands for that for logs.
    """
    url = _for_signal(_with_scheme(endpoint), signal) if endpoint else None
    given = standard(environment, signal, "ENDPOINT")
    protocol = _protocol(environment, signal, url or given)
    if url is None and not given:
        url = DEFAULT_ENDPOINTS[protocol]
    if url and protocol == "http/protobuf" and urlsplit(url).path in {"", "/"}:
        url = f"{url.rstrip('/')}/v1/{signal}"
    return Target(protocol, url, _headers(headers, api_key, environment, signal))


def _for_signal(url: str, signal: Signal) -> str:
    return url.removesuffix("/v1/traces") + f"/v1/{signal}" if url.endswith("/v1/traces") else url


def _protocol(environment: Mapping[str, str], signal: Signal, url: str | None) -> OtlpProtocol:
    named = (standard(environment, signal, "PROTOCOL") or "").strip().lower()
    if named:
        return "http/protobuf" if named.startswith("http") else "grpc"
    parts = urlsplit(_with_scheme(url or ""))
    return "http/protobuf" if parts.port == HTTP_PORT or parts.path not in {"", "/"} else "grpc"


def _headers(
    given: Mapping[str, str] | None, api_key: str | None, environment: Mapping[str, str], signal: Signal
) -> dict[str, str]:
    """Headers of our own on top of the standard ones, in lower case, as gRPC demands."""
    own = {"authorization": f"Bearer {api_key}"} if api_key else {}
    own |= {name.lower(): value for name, value in (given or {}).items()}
    if not own:
        return {}
    return {**parse_env_headers(standard(environment, signal, "HEADERS") or "", liberal=True), **own}


def standard(environment: Mapping[str, str], signal: Signal, name: str) -> str | None:
    """The standard variable for a signal, or else the one for all of them."""
    return environment.get(f"OTEL_EXPORTER_OTLP_{signal.upper()}_{name}") or environment.get(
        f"OTEL_EXPORTER_OTLP_{name}"
    )


def _with_scheme(url: str) -> str:
    return url if "://" in url else f"http://{url}"
