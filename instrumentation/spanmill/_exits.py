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

    Only children, forked from here on or of `multiprocessing`, RQ or Celery: others have their exit handlers, and one
    that skips them means it. Nobody else's signals are handled.
    """
    signal.raise_signal = _before(signal.raise_signal, flush, guard, _is_fatal)
    _heed_celery(flush, guard)
    if hasattr(os, "register_at_fork"):
        # Celery may be imported after the shim; before its children are forked it is there.
        os.register_at_fork(before=lambda: _heed_celery(flush, guard), after_in_child=lambda: _wrap_exit(flush, guard))
    if _is_child():
        _wrap_exit(flush, guard)


def _wrap_exit(flush: Callable[[], object], guard: Guard) -> None:
    os._exit = _before(os._exit, flush, guard, lambda _: True)


def _heed_celery(flush: Callable[[], object], guard: Guard) -> None:
    """
    Let *flush* be called when a child of Celery's pool says that it ends.

    `os._exit` is too late for one that SIGTERM ends, because its whole group was told to end or its task took too long:
    before that it is sent another signal, which kills. And where `init` is called in a child, on Celery's signal
    ``worker_process_init``, nothing else says that it is one.
    """
    ends = getattr(sys.modules.get("celery.signals"), "worker_process_shutdown", None)
    if ends is None:
        return

    def end(**_: object) -> None:
        with guard.attempt("flush before the end"):
            flush()

    with guard.attempt("listen to Celery"):
        ends.connect(end, weak=False, dispatch_uid=_MARK)


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
    """Whether `multiprocessing` has started this process, asked without importing it, or RQ for a job."""
    if "RQ_JOB_ID" in os.environ:  # RQ loads the jobs' modules after it has forked, and `init` may be called there
        return True
    multiprocessing = sys.modules.get("multiprocessing.process")
    if multiprocessing is None:
        return False
    # The attribute is there while a child that was not forked from its parent loads the parent's program.
    is_loading = getattr(multiprocessing.current_process(), "_inheriting", False)
    return is_loading or multiprocessing.parent_process() is not None
