"""
Run as a program: breaks one function of the shim after the other, and tells what its host noticed of that.

Each in a forked child, because a shim is switched on once. The first argument is the collector's URL; with others, only
functions are broken whose names begin with one of them, else all but the spool's. What is printed is a JSON object: how
many were broken, and of those which the host noticed, what.
"""

import importlib
import inspect
import json
import os
import pkgutil
import sys
import traceback
import types
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import spanmill

BORDER: Final = {
    # Nothing is guarded where guards themselves are made: these are tested on their own.
    *("_guard.Guard.__init__", "_guard.Guard.attempt", "_guard.Attempt.__init__", "_guard.Attempt.__enter__"),
    *("_guard.Attempt.__exit__", "_guard.LogOnce.__init__", "_guard.LogOnce.__call__"),
    # What the host's code or OpenTelemetry calls: each is a guard around what is broken here.
    *(f"_recording.Step.{name}" for name in ("set", "set_attributes", "set_input", "set_output", "fail", "end")),
    *("_recording.Step.shows_content", "_recording.Current.__enter__", "_recording.Current.__exit__"),
    *("_observe.Plan.begin", "_observe.Plan.end"),
    *("_session.SessionProcessor.on_start", "_session.SessionProcessor.force_flush", "_processors.SpanSender.on_end"),
    *("sampling.head.HeadSampler.should_sample", "sampling.sieve.Sieve.on_start", "sampling.sieve.Sieve.on_end"),
    *("sampling.sieve.Sieve.force_flush", "sampling.sieve.Sieve.shutdown"),
    *(f"_functions.CallEnd.{name}" for name in ("on_start", "on_end", "force_flush")),
    "_flags.flag",
    # What the shim's own threads run.
    *("_outbox.Outbox._work", "sampling.sieve.Sieve._work"),
}
"""Functions that are not broken."""

PUBLIC: Final = {"_public", "_scores", "_shim"}
"""Modules whose functions applications call; `flag` is another such function."""

NOT_IN_THE_HOST: Final = {"cli", "run", "__main__", "_startup"}


def functions() -> Iterator[tuple[str, Any, str]]:
    """The shim's own functions, methods and properties: name, whose attribute it is, and under which name."""
    for info in pkgutil.walk_packages(spanmill.__path__, "spanmill."):
        short = info.name.removeprefix("spanmill.")
        if short.split(".")[0] in NOT_IN_THE_HOST or "testing" in short:
            continue
        module = importlib.import_module(info.name)
        for name, value in list(vars(module).items()):
            if inspect.isfunction(value) and value.__module__ == info.name and short not in PUBLIC:
                yield f"{short}.{name}", module, name
            if inspect.isclass(value) and value.__module__ == info.name:
                yield from ((f"{short}.{value.__name__}.{method}", value, method) for method in _methods(value))


def _methods(kind: type) -> Iterator[str]:
    for name, member in vars(kind).items():
        function = inspect.unwrap(member.fget if isinstance(member, property) and member.fget else member)
        function = getattr(function, "__func__", function)
        is_written = inspect.isfunction(function) and not function.__code__.co_filename.startswith("<")
        if is_written and Path(function.__code__.co_filename).is_relative_to(Path(spanmill.__path__[0])):
            yield name


def injected(*_: object, **__: object) -> Any:
    """Fail."""
    raise RuntimeError("injected")


def broken(owner: Any, name: str) -> None:
    """Let the function fail wherever the shim has got hold of it."""
    original = vars(owner)[name]
    fault: Any = property(injected) if isinstance(original, property) else injected
    setattr(owner, name, staticmethod(injected) if isinstance(original, staticmethod | classmethod) else fault)
    for module in [module for key, module in sys.modules.items() if key.startswith("spanmill")]:
        for alias, value in list(vars(module).items()):
            if value is original and isinstance(original, types.FunctionType):
                setattr(module, alias, injected)


def outcome(fault: Callable[[], None]) -> str:
    """What a host in a child noticed of *fault*: '' where nothing."""
    reads, writes = os.pipe()
    if not (child := os.fork()):
        said = ""
        try:
            fault()
            host = importlib.import_module("support.shim_host")
            seen = host.run(sys.argv[1])
            said = "" if seen == host.EXPECTED else f"saw {seen}"
        except BaseException:  # noqa: BLE001 - whatever reaches the host
            said = traceback.format_exc(limit=-4)
        os.write(writes, said[-3000:].encode())
        os.kill(os.getpid(), 9)
    os.close(writes)
    with os.fdopen(reads, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(child, 0)
    return said


if __name__ == "__main__":
    prefixes = tuple(sys.argv[2:])
    every = [one for one in functions() if one[0] not in BORDER]
    every = [one for one in every if (one[0].startswith(prefixes) if prefixes else not one[0].startswith("spool."))]
    noticed = {name: outcome(partial(broken, owner, attribute)) for name, owner, attribute in every}
    noticed["nothing"] = outcome(lambda: None)
    json.dump({"broken": len(every), "noticed": {name: said for name, said in noticed.items() if said}}, sys.stdout)
