"""
The ends that skip Python's exit handlers, after which what still waits would be lost.

Forked children of `multiprocessing`, of RQ and of Celery end with ``os._exit``. Uvicorn, when it was told to stop and
has finished its requests, raises the same signal again, with nobody to handle it.
"""

import functools
import os
import signal
import sys
from collections.abc import Callable
from typing import Any, Final

from spanmill._guard import Guard

_MARK: Final = "_spanmill_flushes"


def flush_first(flush: Callable[[], object], guard: Guard) -> None:
    """
    Let *flush* be called before this process raises a signal that ends it, and before children end with ``os._exit``.

    Only children, forked from here on or of `multiprocessing`: others have their exit handlers, and one that skips them
    means it. Nobody else's signals are handled.
    """
    signal.raise_signal = _before(signal.raise_signal, flush, guard, _is_fatal)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=lambda: _wrap_exit(flush, guard))
    if _is_child():
        _wrap_exit(flush, guard)


def _wrap_exit(flush: Callable[[], object], guard: Guard) -> None:
    os._exit = _before(os._exit, flush, guard, lambda _: True)


def _before(ends: Any, flush: Callable[[], object], guard: Guard, is_end: Callable[[int], bool]) -> Any:
    """Return the function *ends*, which ends the process if *is_end*, so that *flush* is called before it."""
    if hasattr(ends, _MARK):
        return ends

    @functools.wraps(ends)
    def end(number: int) -> None:
        with guard.attempt("flush before the end"):
            if is_end(number):
                flush()
        ends(number)

    setattr(end, _MARK, True)
    return end


def _is_fatal(number: int) -> bool:
    is_asked_to_end = number in (signal.SIGTERM, signal.SIGINT, getattr(signal, "SIGHUP", None))
    return is_asked_to_end and signal.getsignal(number) is signal.SIG_DFL


def _is_child() -> bool:
    """Whether `multiprocessing` has started this process; asked without importing it."""
    multiprocessing = sys.modules.get("multiprocessing.process")
    if multiprocessing is None:
        return False
    # The attribute is there while a child that was not forked from its parent loads the parent's program.
    is_loading = getattr(multiprocessing.current_process(), "_inheriting", False)
    return is_loading or multiprocessing.parent_process() is not None
