"""From the application's spans to the exporters: a tracer provider of ours, or the application's own, joined."""

import contextlib
import logging
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final

from opentelemetry import trace
from opentelemetry._logs import Logger
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider

from spanmill._exporter import exporters, log_exporter
from spanmill._functions import CallEnd, is_frozen_between_calls
from spanmill._guard import Guard
from spanmill._losses import Losses
from spanmill._options import Options
from spanmill._processors import ScoreSender, SpanSender, Watch, quieten
from spanmill._session import SessionProcessor
from spanmill._target import Signal, Target, resolve
from spanmill._waiting import Limits
from spanmill.masking.masker import Masker
from spanmill.sampling.head import HeadSampler
from spanmill.sampling.share import OTEL_SAMPLER, SAMPLE, chosen
from spanmill.sampling.sieve import Sieve

if TYPE_CHECKING:
    from spanmill.spool.opening import Spool

logger = logging.getLogger("spanmill")

TRACES_EXPORTER: Final = "OTEL_TRACES_EXPORTER"


class ForeignProviderError(Exception):
    """The application's tracer provider is not OpenTelemetry's SDK."""


class Pipeline:
    """
    The processors that the shim has added to the process's tracer provider, and its own for scores.

    Attributes:
        losses: What was not sent.
        logger: For scores.
    """

    def __init__(
        self,
        senders: Sequence[SpanSender | ScoreSender],
        losses: Losses,
        logger: Logger | None = None,
        sieve: Sieve | None = None,
    ) -> None:
        self._senders = senders
        self._sieve = sieve
        self.losses = losses
        self.logger = logger

    def keep(self, trace_id: int) -> None:
        """Keep a trace that sampling would leave out."""
        if self._sieve is not None:
            self._sieve.keep(trace_id)

    def flush(self, timeout_s: float) -> bool:
        """Send what is queued; whether that was done within *timeout_s*."""
        ends_s = time.monotonic() + timeout_s
        if self._sieve is not None:
            self._sieve.let_go(is_end=False)
        in_time = [sender.outbox.flush(max(0.0, ends_s - time.monotonic())) for sender in self._senders]
        return all(in_time)

    def end(self, timeout_s: float) -> None:
        """Send what is queued and what runs, or keep it, because the process is about to skip its exit handlers."""
        ends_s = time.monotonic() + timeout_s
        if self._sieve is not None:
            self._sieve.let_go(is_end=True)
        for sender in self._senders:
            sender.outbox.end(max(0.0, ends_s - time.monotonic()))

    def shutdown(self) -> None:
        """Send what is queued and stop; safe to call again."""
        if self._sieve is not None:
            self._sieve.let_go(is_end=True)
        for sender in self._senders:
            sender.shutdown()


def connect(options: Options, environment: Mapping[str, str], guard: Guard, masker: Masker) -> Pipeline:
    """
    Add the shim's processors to the application's tracer provider, or to a new one where it has none.

    What they send passes *masker*.

    Raises:
        ForeignProviderError: The application's provider cannot be joined.
    """
    provider = trace.get_tracer_provider()
    if isinstance(provider, trace.ProxyTracerProvider):
        sampler = head_sampler(options.sample, environment, guard)
        provider = TracerProvider(resource=_resource(options.service_name), sampler=sampler)
        trace.set_tracer_provider(provider)
    elif _is_share_unheard(provider, options, environment):
        logger.warning("the tracer provider of the application samples as it was told, not as spanmill was")
    if not isinstance(provider, TracerProvider):
        kind = f"{type(provider).__module__}.{type(provider).__qualname__}"
        raise ForeignProviderError(f"the application's {kind} is not a tracer provider of the OpenTelemetry SDK")
    target = resolve(options.endpoint, options.headers, options.api_key, environment)
    losses = Losses(logger)
    logs = resolve(options.endpoint, options.headers, options.api_key, environment, "logs")
    spool = _spool(options, {"traces": target, "logs": logs}, environment, losses, guard, masker)
    limits = Limits.of(environment, "OTEL_BSP")
    senders = [
        SpanSender(exporter, guard, losses, limits, options.exit_timeout_s)
        for exporter in exporters(target, environment, guard, masker, spool)
    ]
    sieve = _sieve(provider, limits, guard, senders)
    for processor in _processors(SessionProcessor(guard), senders, sieve):
        provider.add_span_processor(processor)
    scores = None
    if environment.get(TRACES_EXPORTER, "otlp").strip() not in {"", "none"}:
        limits = Limits.of(environment, "OTEL_BLRP")
        scores = ScoreSender(log_exporter(logs, guard, masker, spool), guard, losses, limits, options.exit_timeout_s)
    pipeline = _pipeline(provider, senders, scores, losses, sieve)
    if is_frozen_between_calls(environment):
        provider.add_span_processor(CallEnd(pipeline.flush, options.exit_timeout_s, guard))
    return pipeline


def _pipeline(
    provider: TracerProvider,
    senders: Sequence[SpanSender],
    scores: ScoreSender | None,
    losses: Losses,
    sieve: Sieve | None,
) -> Pipeline:
    if scores is None:
        return Pipeline(senders, losses, sieve=sieve)
    # Not the process's: an application's own log records are not the shim's affair.
    logger_provider = LoggerProvider(resource=provider.resource, shutdown_on_exit=False)
    logger_provider.add_log_record_processor(scores)
    quieten(losses)
    return Pipeline([*senders, scores], losses, logger_provider.get_logger("spanmill"), sieve)


def head_sampler(given: object, environment: Mapping[str, str], guard: Guard) -> HeadSampler | None:
    """Return the sampler of a tracer provider, as *given* or the environment says; None leaves it to OpenTelemetry."""
    with guard.attempt("sample traces, and sends all"):
        sampling = chosen(given, environment)
        if sampling is None:
            return None
        if not environment.get(OTEL_SAMPLER, "").strip():
            return HeadSampler(sampling, guard)
        logger.warning("%s is set, so traces are sampled as it says, not as spanmill was told", OTEL_SAMPLER)
    return None


def _is_share_unheard(provider: object, options: Options, environment: Mapping[str, str]) -> bool:
    """Whether a share was asked for that the *provider*, which was there before, knows nothing of."""
    if isinstance(getattr(provider, "sampler", None), HeadSampler) or environment.get(OTEL_SAMPLER, "").strip():
        return False  # it does; or a variable of OpenTelemetry's wins, which whoever set it knows
    return options.sample is not None or bool(environment.get(SAMPLE, "").strip())


def _sieve(provider: TracerProvider, limits: Limits, guard: Guard, senders: Sequence[SpanSender]) -> Sieve | None:
    """What holds spans back until it is known whether they are sent; None where that is known when they begin."""
    sampler = provider.sampler
    if isinstance(sampler, HeadSampler) and sampler.sampling.has_rules:
        return Sieve(senders, sampler.sampling, limits, guard)
    return None


def _processors(sessions: SessionProcessor, senders: Sequence[SpanSender], sieve: Sieve | None) -> list[SpanProcessor]:
    """What the tracer provider has to call, as few as can be."""
    if sieve is None and len(senders) == 1:
        return [Watch(sessions, senders[0])]
    return [sessions, *(senders if sieve is None else [sieve])]


def _spool(
    options: Options,
    targets: Mapping[Signal, Target],
    environment: Mapping[str, str],
    losses: Losses,
    guard: Guard,
    masker: Masker,
) -> "Spool | None":
    if options.spool:
        with guard.attempt("use the spool, and goes on without it"):
            from spanmill.spool import opening  # noqa: PLC0415 - who asks for none should not pay for it

            return opening.opened(options.spool, targets, environment, losses, guard, masker)
    return None


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
