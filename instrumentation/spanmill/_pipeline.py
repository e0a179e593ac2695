"""From the application's spans to the exporters: a tracer provider of ours, or the application's own, joined."""

import contextlib
import threading
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from opentelemetry import trace
from opentelemetry._logs import Logger
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter

from spanmill._exporter import exporters, log_exporter
from spanmill._guard import Guard
from spanmill._options import Options
from spanmill._session import SessionProcessor
from spanmill._target import resolve

TRACES_EXPORTER: Final = "OTEL_TRACES_EXPORTER"


class ForeignProviderError(Exception):
    """The application's tracer provider is not OpenTelemetry's SDK."""


class ExitingProcessor(BatchSpanProcessor):
    """A batch processor that, with the collector away, does not hold up its host's exit."""

    def __init__(self, exporter: SpanExporter, exit_timeout_s: float) -> None:
        super().__init__(exporter)
        self._exit_timeout_s = exit_timeout_s

    def shutdown(self) -> None:
        """Send what is queued, for as long as the time-out allows; then drop the rest."""
        # The SDK's own method waits up to 30 s and takes no argument.
        self._batch_processor.shutdown(timeout_millis=int(self._exit_timeout_s * 1000))


class ExitingLogProcessor(BatchLogRecordProcessor):
    """The same for log records."""

    def __init__(self, exporter: LogRecordExporter, exit_timeout_s: float) -> None:
        super().__init__(exporter)
        self._exit_timeout_s = exit_timeout_s

    def shutdown(self) -> None:
        """Send what is queued, for as long as the time-out allows; then drop the rest."""
        self._batch_processor.shutdown(timeout_millis=int(self._exit_timeout_s * 1000))


class Pipeline:
    """
    The processors that the shim has added to the process's tracer provider, and its own for scores.

    Attributes:
        logger: For scores.
    """

    def __init__(
        self, processors: Sequence[ExitingProcessor | ExitingLogProcessor], logger: Logger | None = None
    ) -> None:
        self._processors = processors
        self.logger = logger

    def flush(self, timeout_s: float) -> bool:
        """Send what is queued; whether that was done within *timeout_s*."""
        # The SDK's flush heeds no time-out, so that waiting for it is left to a thread.
        thread = threading.Thread(target=self._flush, name="spanmill-flush", daemon=True)
        thread.start()
        thread.join(timeout_s)
        return not thread.is_alive()

    def shutdown(self) -> None:
        """Send what is queued and stop; safe to call again."""
        for processor in self._processors:
            processor.shutdown()

    def _flush(self) -> None:
        for processor in self._processors:
            processor.force_flush()


def connect(options: Options, environment: Mapping[str, str], guard: Guard) -> Pipeline:
    """
    Add the shim's processors to the application's tracer provider, or to a new one where it has none.

    Raises:
        ForeignProviderError: The application's provider cannot be joined.
    """
    provider = trace.get_tracer_provider()
    if isinstance(provider, trace.ProxyTracerProvider):
        provider = TracerProvider(resource=_resource(options.service_name))
        trace.set_tracer_provider(provider)
    if not isinstance(provider, TracerProvider):
        kind = f"{type(provider).__module__}.{type(provider).__qualname__}"
        raise ForeignProviderError(f"the application's {kind} is not a tracer provider of the OpenTelemetry SDK")
    target = resolve(options.endpoint, options.headers, options.api_key, environment)
    processors = [
        ExitingProcessor(exporter, options.exit_timeout_s) for exporter in exporters(target, environment, guard)
    ]
    provider.add_span_processor(SessionProcessor())
    for processor in processors:
        provider.add_span_processor(processor)
    if environment.get(TRACES_EXPORTER, "otlp").strip() in {"", "none"}:
        return Pipeline(processors)
    logs = resolve(options.endpoint, options.headers, options.api_key, environment, "logs")
    scores = ExitingLogProcessor(log_exporter(logs, guard), options.exit_timeout_s)
    # Not the process's: an application's own log records are not the shim's affair.
    logger_provider = LoggerProvider(resource=provider.resource, shutdown_on_exit=False)
    logger_provider.add_log_record_processor(scores)
    return Pipeline([*processors, scores], logger_provider.get_logger("spanmill"))


def is_disabled(environment: Mapping[str, str]) -> bool:
    """Whether ``OTEL_SDK_DISABLED`` switches everything off."""
    return environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"


def distro_attributes() -> dict[str, str]:
    """Name and version of the shim, as a resource bears them."""
    attributes = {"telemetry.distro.name": "spanmill"}
    with contextlib.suppress(PackageNotFoundError):  # it was copied, not installed
        attributes["telemetry.distro.version"] = version("spanmill")
    return attributes


def _resource(service_name: str | None) -> Resource:
    """What ``OTEL_RESOURCE_ATTRIBUTES`` and ``OTEL_SERVICE_NAME`` say, the shim's name, and a name given in code."""
    attributes = distro_attributes()
    if service_name:
        attributes[SERVICE_NAME] = service_name
    return Resource.create(attributes)
