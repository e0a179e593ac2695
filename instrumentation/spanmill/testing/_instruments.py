"""Instrumentors for the length of a capture."""

import contextlib
import os
from collections.abc import Iterator, MutableMapping
from typing import Any

from spanmill import _content, _shim
from spanmill._choice import choose, libraries
from spanmill._instrumentors import start


@contextlib.contextmanager
def switched_on(environment: MutableMapping[str, str] = os.environ) -> Iterator[None]:
    """Switch on what `spanmill.init` would, content included; afterwards switch off what was off before."""
    before = {name: environment.get(name) for name in _content.CAPTURE}
    _content.switch(environment, is_captured=True)
    started: list[Any] = []
    try:
        for library in libraries(environment):
            choice = choose(library, _shim.guard)
            if choice.chosen is not None and start(choice, choice.chosen, _shim.guard) and not choice.is_running:
                started.append(choice.instrumentor)
        yield
    finally:
        for instrumentor in reversed(started):
            with _shim.guard.attempt(f"switch off {type(instrumentor).__module__}"):
                instrumentor.uninstrument()
        for name, value in before.items():
            if value is None:
                environment.pop(name, None)
