"""
Imports the modules named on standard input and prints, as JSON, what the import of each one did to the world.

Run in a fresh interpreter. An effect counts when code of ours caused it, directly or through a library that it called;
what a library does when it is itself imported is the library's affair.
"""

import importlib
import json
import logging
import os
import sys
import threading
from types import FrameType

WRITING = (
    "os.mkdir",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.link",
    "os.symlink",
    "os.truncate",
    "shutil.",
    "tempfile.",
)
ACTING = ("socket.", "subprocess.", "os.fork", "os.posix_spawn", "os.system", "os.exec", "os.putenv", "os.unsetenv")
THREAD_STARTED = "threading.start"


class Audit:
    """Collects effects while a module of ours is being imported."""

    def __init__(self) -> None:
        self.module = ""
        self.effects: list[str] = []

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        """Note *event* if it is an effect of ours."""
        if self.module and _is_effect(event, arguments) and _is_ours(sys._getframe(1)):
            self.effects.append(f"{self.module}: {event} {arguments!r}"[:200])


def _is_effect(event: str, arguments: tuple[object, ...]) -> bool:
    if event == "open":
        flags = arguments[2]
        is_writing = isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
        return is_writing and arguments[0] != os.devnull
    return event == THREAD_STARTED or event.startswith(WRITING + ACTING)


def _is_ours(frame: FrameType | None) -> bool:
    """Whether code of ours runs in *frame* or called it, other than by importing something else."""
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if name.startswith("importlib._bootstrap"):
            return False
        if name.partition(".")[0].startswith("spanmill"):
            return True
        frame = frame.f_back
    return False


def _watch_threads() -> None:
    start = threading.Thread.start

    def audited(thread: threading.Thread) -> None:
        sys.audit(THREAD_STARTED, thread.name)
        start(thread)

    threading.Thread.start = audited  # type: ignore[method-assign, assignment] # CPython 3.11 raises no audit event of its own


def main() -> None:
    """Import and report."""
    sys.dont_write_bytecode = True
    _watch_threads()
    audit = Audit()
    sys.addaudithook(audit)
    handlers, environment = list(logging.root.handlers), dict(os.environ)
    for module in json.load(sys.stdin):
        audit.module = module
        try:
            importlib.import_module(module)
        except Exception as error:  # noqa: BLE001 - whatever keeps a module from being imported is reported
            audit.effects.append(f"{module}: does not import: {error!r}")
        if logging.root.handlers != handlers:
            audit.effects.append(f"{module}: changed the root logger")
            handlers = list(logging.root.handlers)
        if dict(os.environ) != environment:
            audit.effects.append(f"{module}: changed the environment")
            environment = dict(os.environ)
    audit.module = ""
    print(json.dumps(audit.effects))  # noqa: T201 - this is what the test reads


if __name__ == "__main__":
    main()
