"""The dialects of tracing, by who writes them, and one attribute of one of them as a place to look at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """
    One attribute that may hold a field.

    Attributes:
        dialect: Who writes it, for the documentation.
        attribute: Its exact name.
        path: Where the attribute holds a JSON object: the keys on the way in it, separated by dots.
    """

    dialect: str
    attribute: str
    path: str = ""


def _named(dialect: str, *names: str) -> tuple[Source, ...]:
    return tuple(Source(dialect, *name.split(" -> ")) for name in names)


def otel(*names: str) -> tuple[Source, ...]:
    """OpenTelemetry's conventions, current and deprecated."""
    return _named("OpenTelemetry", *names)


def openinference(*names: str) -> tuple[Source, ...]:
    """OpenInference (Arize Phoenix)."""
    return _named("OpenInference", *names)


def traceloop(*names: str) -> tuple[Source, ...]:
    """OpenLLMetry (Traceloop)."""
    return _named("OpenLLMetry", *names)


def ai_sdk(*names: str) -> tuple[Source, ...]:
    """The Vercel AI SDK, versions 3 to 6; version 7 writes OpenTelemetry's names."""
    return _named("Vercel AI SDK", *names)


def langfuse(*names: str) -> tuple[Source, ...]:
    """Langfuse's SDKs."""
    return _named("Langfuse", *names)


def logfire(*names: str) -> tuple[Source, ...]:
    """Pydantic AI and Logfire."""
    return _named("Logfire", *names)


def mlflow(*names: str) -> tuple[Source, ...]:
    """MLflow, whose values are JSON in strings."""
    return _named("MLflow", *names)


def other(dialect: str, *names: str) -> tuple[Source, ...]:
    """A dialect that is met less often."""
    return _named(dialect, *names)
