"""
Whether a collector takes spans: it is sent a request with none, by the exporter that would send them.

So endpoint, TLS, headers and protocol are tried as they are, and nothing is left at the collector.
"""

import contextlib
import logging
import socket
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from opentelemetry.sdk.trace.export import SpanExportResult

from spanmill._exporter import exporters
from spanmill._guard import Guard
from spanmill._pipeline import TRACES_EXPORTER
from spanmill._target import Target
from spanmill.masking.capture import Capture
from spanmill.masking.masker import build

TIMEOUT_S: Final = 2.0

START: Final = "Start a collector with `spanmill up`, or name another in SPANMILL_ENDPOINT."
CHECK: Final = "Check the key and the protocol: SPANMILL_API_KEY, OTEL_EXPORTER_OTLP_PROTOCOL."

_PORTS: Final = {"http": 80, "https": 443}


class Obstacle(NamedTuple):
    """What is in the way of spans, and what to do."""

    text: str
    remedy: str


class Heard(logging.Handler):
    """Keeps what an exporter logs, which is the only way in which it says what went wrong."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the message."""
        with contextlib.suppress(Exception):  # a message that cannot be made is none
            self.messages.append(record.getMessage())


def obstacle(url: str, target: Target, environment: Mapping[str, str], guard: Guard) -> Obstacle | None:
    """Return what keeps spans from being taken at *url*, or None; it takes `TIMEOUT_S` at most."""
    answers: list[Obstacle | None] = []
    with _heard() as heard:
        # Neither the look-up of a name nor an exporter keeps to a time: waiting for them is left to a thread.
        asking = threading.Thread(
            target=lambda: answers.append(_unreachable(url) or _refused(target, environment, guard)), daemon=True
        )
        asking.start()
        asking.join(TIMEOUT_S)
    answer = answers[0] if answers else Obstacle(f"no answer within {TIMEOUT_S:g} s", CHECK)
    return answer and answer._replace(text=": ".join([answer.text, *heard.messages[-1:]]))


def _refused(target: Target, environment: Mapping[str, str], guard: Guard) -> Obstacle | None:
    only = dict(environment) | {TRACES_EXPORTER: "otlp"}
    masker = build(None, Capture(), environment, guard)
    results = [exporter.export(()) for exporter in exporters(target, only, guard, masker)]
    return None if results == [SpanExportResult.SUCCESS] else Obstacle("it refuses them", CHECK)


def _unreachable(url: str) -> Obstacle | None:
    """Why nobody can be connected to, said better than exporters do; None also where a proxy is in between."""
    parts = urlsplit(url)
    if parts.hostname is None or urllib.request.getproxies().keys() & {"http", "https", "all"}:
        return None
    try:
        port = parts.port or _PORTS.get(parts.scheme, 4317)
        with socket.create_connection((parts.hostname, port), TIMEOUT_S):
            return None
    except (OSError, ValueError) as error:  # a port may be no number
        return Obstacle(getattr(error, "strerror", None) or str(error) or type(error).__name__, START)


@contextlib.contextmanager
def _heard() -> Iterator[Heard]:
    """Let the loggers of OpenTelemetry speak to nobody else."""
    heard, logger = Heard(), logging.getLogger("opentelemetry")
    propagates, logger.propagate = logger.propagate, False
    logger.addHandler(heard)
    try:
        yield heard
    finally:
        logger.removeHandler(heard)
        logger.propagate = propagates
