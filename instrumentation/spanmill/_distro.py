"""
What plain ``opentelemetry-instrument python app.py`` finds where spanmill is installed, and uses.

Spans then go where `spanmill.init` would send them, and every library has one instrumentor. Where other distributions
of OpenTelemetry are installed as well, ``OTEL_PYTHON_DISTRO`` and ``OTEL_PYTHON_CONFIGURATOR`` choose; ours are called
``spanmill``.
"""

import contextlib
import os
from collections.abc import Callable, Iterator, MutableMapping
from importlib.metadata import EntryPoint
from typing import Any

from opentelemetry.instrumentation.distro import BaseDistro  # type: ignore[attr-defined] # the module is not checked
from opentelemetry.sdk._configuration import _OTelSDKConfigurator

from spanmill import _shim
from spanmill._choice import Library, libraries
from spanmill._instrumentors import switch_on
from spanmill._pipeline import TRACES_EXPORTER, distro_attributes, head_sampler


class Distro(BaseDistro):  # type: ignore[misc] # it has no types
    """Switches on one instrumentor of each library, whichever of them it is asked for first."""

    def __init__(self) -> None:
        self._waiting: dict[str, Library] | None = None

    def load_instrumentor(self, entry_point: EntryPoint, **_: Any) -> None:
        """Switch on the instrumentor of the library that *entry_point* is for, unless that was done before."""
        with _shim.guard.attempt("switch on an instrumentor"):
            if self._waiting is None:
                self._waiting = {one.value: library for library in libraries(os.environ) for one in library.ranked}
            library = self._waiting.get(entry_point.value)
            if library is not None:
                for one in library.ranked:
                    self._waiting.pop(one.value, None)
                switch_on(library, _shim.guard)

    def _configure(self, **_: Any) -> None:
        """Leave it to the configurator."""


class Configurator(_OTelSDKConfigurator):
    """
    Sets up OpenTelemetry's SDK as its variables say, but for the export of spans, which is that of `spanmill.init`.

    Ids, limits and resource are theirs, and the sampler unless spanmill was told a share, as are metrics and log
    records, where exporters for those are named.
    A file that ``OTEL_CONFIG_FILE`` names says all of it, exporters included, so that nothing is added to that.
    """

    def _configure(self, **given: Any) -> None:
        set_up: Callable[..., None] = super()._configure
        if os.environ.get("OTEL_CONFIG_FILE"):
            set_up(**given)
            return
        attributes = {**distro_attributes(), **given.pop("resource_attributes", {})}
        with _shim.guard.attempt("set up OpenTelemetry"), _without(TRACES_EXPORTER, os.environ):
            sampler = head_sampler(None, os.environ, _shim.guard)
            set_up(resource_attributes=attributes, **({"sampler": sampler} | given if sampler is not None else given))
        _shim.configure()


@contextlib.contextmanager
def _without(name: str, environment: MutableMapping[str, str]) -> Iterator[None]:
    """Hide a variable while the block runs."""
    value = environment.pop(name, None)
    try:
        yield
    finally:
        if value is not None:
            environment[name] = value
