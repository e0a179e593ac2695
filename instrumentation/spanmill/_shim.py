"""
The shim's public functions, and the state that a process has once.

This module is what `import spanmill` costs, so it imports nothing of OpenTelemetry before `init` is called.
"""

import atexit
import functools
import logging
import os
import threading
from collections.abc import Mapping, MutableMapping
from typing import TYPE_CHECKING

from spanmill._evaluations import Evaluations
from spanmill._guard import Guard, LogOnce
from spanmill._options import Options
from spanmill._recording import Recorder
from spanmill._steps import Steps
from spanmill.masking import Mask
from spanmill.sampling.share import Sampling

if TYPE_CHECKING:
    from spanmill._pipeline import Pipeline

logger = logging.getLogger("spanmill")


class Shim:
    """What `init` has done in a process, so that it is done once."""

    def __init__(
        self, guard: Guard, environment: MutableMapping[str, str], recorder: Recorder, evaluations: Evaluations
    ) -> None:
        self._guard = guard
        self._recorder = recorder
        self._evaluations = evaluations
        self._environment = environment
        self._lock = threading.Lock()
        self._options: Options | None = None
        self._pipeline: Pipeline | None = None

    def init(self, options: Options, *, has_instrumentors: bool = True) -> None:
        """Do what *options* ask for, unless it was done before; switch instrumentors on unless somebody else does."""
        with self._lock:
            if self._options is None:
                self._options = options
                with self._guard.attempt("switch on tracing"):
                    self._start(options.completed(self._environment), has_instrumentors=has_instrumentors)
            elif options != self._options:
                logger.warning("spanmill.init was called before, with other arguments; the first call counts")

    def flush(self, timeout_s: float) -> bool:
        """Whether everything queued was handed over within *timeout_s*."""
        with self._guard.attempt("flush spans"):
            return self._pipeline is None or self._pipeline.flush(timeout_s)
        return False

    def lost(self) -> dict[str, int]:
        """What was not sent, by reason."""
        return {} if self._pipeline is None else self._pipeline.losses.totals()

    def shutdown(self) -> None:
        """Flush, then stop sending for good."""
        with self._guard.attempt("shut down"):
            if self._pipeline is not None:
                self._pipeline.shutdown()

    def _start(self, options: Options, *, has_instrumentors: bool) -> None:
        from spanmill import _content, _exits, _instrumentors, _pipeline  # noqa: PLC0415 - they load OpenTelemetry
        from spanmill.masking import capture, masker  # noqa: PLC0415 - as they do

        if _pipeline.is_disabled(self._environment):
            return
        captured = options.capture(self._environment)
        sent = masker.build(options.mask, captured, self._environment, self._guard)
        self._recorder.is_content_captured = captured.of(capture.OWN)
        self._recorder.carried = sent.carried
        _content.switch(self._environment, is_captured=captured.is_on)
        self._pipeline = _pipeline.connect(options, self._environment, self._guard, sent)
        self._evaluations.logger = self._pipeline.logger
        self._evaluations.keep = self._pipeline.keep
        atexit.register(self.shutdown)
        _exits.flush_first(functools.partial(self._pipeline.end, options.exit_timeout_s), self._guard)
        if has_instrumentors:
            _instrumentors.switch_on_all(self._environment, self._guard)


# A process has one tracer provider, and every part of it that calls `init` must meet the same one.
guard = Guard(LogOnce(logger))
recorder = Recorder(guard)
evaluations = Evaluations(guard)
_shim = Shim(guard, os.environ, recorder, evaluations)
steps = Steps(recorder, guard)


def init(  # noqa: PLR0913 - all but the first by name
    service_name: str | None = None,
    *,
    endpoint: str | None = None,
    headers: Mapping[str, str] | None = None,
    api_key: str | None = None,
    capture_content: bool | Mapping[str, bool] | None = None,
    mask: Mask | None = None,
    sample: float | Sampling | None = None,
    exit_timeout_s: float = 2.0,
    spool: str | os.PathLike[str] | None = None,
) -> None:
    """
    Record what this process does with its LLMs, and send it to spanmill's collector.

    Every installed OpenTelemetry instrumentor is switched on; one that fails is logged and left out. An application
    that has set up a tracer provider keeps it, and its spans go to spanmill as well. The second and later calls do
    nothing. Nothing is raised, whatever happens; failures are logged once, by the logger ``spanmill``. All ``OTEL_*``
    variables keep their meaning; arguments win over them.

    Args:
        service_name: Name of the application; None: ``OTEL_SERVICE_NAME``.
        endpoint: The collector's URL: port 4318 or a path means OTLP over HTTP, any other gRPC, unless
            ``OTEL_EXPORTER_OTLP_PROTOCOL`` says otherwise. None: ``SPANMILL_ENDPOINT``, else
            ``OTEL_EXPORTER_OTLP_ENDPOINT``, else ``http://127.0.0.1:4317``.
        headers: Sent with every request, besides ``OTEL_EXPORTER_OTLP_HEADERS``.
        api_key: Sent as ``Authorization: Bearer …``; None: ``SPANMILL_API_KEY``.
        capture_content: Whether prompts and answers are sent, of all libraries or as a mapping says of each,
            ``{"openai": False}``, with ``"*"`` for all others; None: ``SPANMILL_CAPTURE_CONTENT``, else yes, where the
            variables of OpenTelemetry do not forbid it.
        mask: What is hidden before anything is sent; None: ``SPANMILL_MASK``, else secrets.
        sample: Which share of the traces is sent, 0.1 for a tenth; all that fail, and some more, are always
            (`Sampling`). None: ``SPANMILL_SAMPLE``, else all. An application's own tracer provider, and
            ``OTEL_TRACES_SAMPLER``, sample as they say instead.
        exit_timeout_s: For how long the process's exit may wait for the last spans to be sent, in seconds.
        spool: Folder for what the collector does not take, which is sent when it does, by any process with that folder;
            None: ``SPANMILL_SPOOL_DIR``, else there is none.
    """
    with guard.attempt("initialise"):
        _shim.init(
            Options(
                service_name=service_name,
                endpoint=endpoint,
                headers=headers,
                api_key=api_key,
                capture_content=capture_content,
                mask=mask,
                sample=sample,
                exit_timeout_s=exit_timeout_s,
                spool=spool,
            )
        )


def configure() -> None:
    """Do what `init` does without arguments, but leave instrumentors to ``opentelemetry-instrument``."""
    with guard.attempt("initialise"):
        _shim.init(Options(), has_instrumentors=False)


def flush(timeout_s: float = 10.0) -> bool:
    """
    Wait until the spans recorded so far were sent, or *timeout_s* seconds; return whether that was in time.

    With a spool it is enough that they lie there.
    """
    with guard.attempt("flush spans"):
        return _shim.flush(timeout_s)
    return False


def lost() -> dict[str, int]:
    """
    Return how many spans and scores this process could not send, by reason; nothing is in it where all arrived.

    ``queue full``: more came than ``OTEL_BSP_MAX_QUEUE_SIZE`` (20,000) or 64 MB of texts, which may wait;
    ``collector away``: nobody took them for minutes; ``refused``: the collector did not want them; ``process ended``:
    there was no more time; ``spool full``: the folder holds ``SPANMILL_SPOOL_MAX_BYTES`` (256 MB); ``spool corrupt``:
    files in it are damaged.
    """
    with guard.attempt("tell what was lost"):
        return _shim.lost()
    return {}


def shutdown() -> None:
    """Send the spans recorded so far and stop; a process that just ends need not call this."""
    with guard.attempt("shut down"):
        _shim.shutdown()
