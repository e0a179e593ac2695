"""The environment's variables that spanmill and OpenTelemetry heed, fit to be shown to anybody."""

import re
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from opentelemetry.util.re import parse_env_headers

HIDDEN: Final = "…"

_PREFIXES: Final = ("OTEL_", "SPANMILL_", "OPENINFERENCE_", "TRACELOOP_")
_SECRET: Final = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL|AUTH")


def variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return those that are set, without what nobody may see."""
    return {name: shown(name, environment[name]) for name in sorted(environment) if name.startswith(_PREFIXES)}


def shown(name: str, value: str) -> str:
    """Return *value* as it may be shown: of headers the names, of addresses no password, of keys nothing."""
    if name.endswith("HEADERS"):
        return ", ".join(f"{header}={HIDDEN}" for header in parse_env_headers(value, liberal=True))
    if _SECRET.search(name):
        return HIDDEN
    return without_secrets(value) if "://" in value else value


def without(text: str, secrets: Iterable[str]) -> str:
    """Return *text*, the words of somebody else, without any of *secrets*."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def without_secrets(url: str) -> str:
    """Return *url* without user, password and query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return HIDDEN
    _, at, host = parts.netloc.rpartition("@")
    query = HIDDEN if parts.query else ""
    return urlunsplit((parts.scheme, f"{HIDDEN}@{host}" if at else host, parts.path, query, ""))
