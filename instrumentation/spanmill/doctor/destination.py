"""Where spans go, as `spanmill.init` without arguments decides it, and whether they are taken there."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from opentelemetry.util.re import parse_env_headers

from spanmill._guard import Guard
from spanmill._options import Options
from spanmill._pipeline import TRACES_EXPORTER
from spanmill._target import Target, resolve
from spanmill.doctor.reachability import Obstacle, obstacle
from spanmill.doctor.variables import without, without_secrets

_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
_TRACES_ENDPOINT = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
_HEADERS = ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS")


@dataclass(frozen=True, slots=True)
class Destination:
    """
    Where spans go.

    Attributes:
        exporters: As ``OTEL_TRACES_EXPORTER`` names them; ``otlp`` is the one that sends to spanmill.
        protocol: Of that one.
        endpoint: Its URL, without passwords.
        headers: Names of those that it sends.
        problem: Why spans would not be taken; None: the collector took an empty request.
        remedy: What to do about that.
    """

    exporters: tuple[str, ...]
    protocol: str
    endpoint: str
    headers: tuple[str, ...]
    problem: str | None
    remedy: str


def destination(environment: Mapping[str, str], endpoint: str | None = None) -> Destination:
    """Decide where spans go, and ask whether they are taken there, which takes two seconds at most."""
    options = Options(endpoint=endpoint).completed(environment)
    target = resolve(options.endpoint, options.headers, options.api_key, environment)
    names = tuple(name.strip() for name in environment.get(TRACES_EXPORTER, "otlp").split(",") if name.strip())
    url = address(target, environment)
    found = _obstacle(names, target, url, environment)
    return Destination(
        names,
        target.protocol,
        without_secrets(url),
        tuple(sorted(_headers(target, environment))),
        found.text if found else None,
        found.remedy if found else "",
    )


def address(target: Target, environment: Mapping[str, str]) -> str:
    """Return the URL, also where the exporter takes it from a standard variable by itself."""
    if target.endpoint is not None:
        return target.endpoint
    own = environment.get(_TRACES_ENDPOINT)
    if own:
        return own
    base = environment.get(_ENDPOINT, "")
    return base if target.protocol == "grpc" else f"{base.rstrip('/')}/v1/traces"


def _obstacle(names: tuple[str, ...], target: Target, url: str, environment: Mapping[str, str]) -> Obstacle | None:
    if "otlp" not in names:
        text = f"{TRACES_EXPORTER} is {environment.get(TRACES_EXPORTER, '')!r}, which does not send to spanmill"
        return Obstacle(text, "Add otlp to it.")
    told: list[str] = []
    found = obstacle(url, target, environment, Guard(lambda _, error: told.append(f"{type(error).__name__}: {error}")))
    if found is None:
        return None
    parts = urlsplit(url)
    secrets = (parts.query, parts.password or "", *_headers(target, environment).values())
    text = without("; ".join([found.text, *told]), secrets)
    return found._replace(text=f"{without_secrets(url)} does not take spans over {target.protocol}: {text}")


def _headers(target: Target, environment: Mapping[str, str]) -> dict[str, str]:
    standard = next((environment[name] for name in _HEADERS if environment.get(name)), "")
    return {**parse_env_headers(standard, liberal=True), **target.headers}
