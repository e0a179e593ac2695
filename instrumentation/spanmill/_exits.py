"""
The ends that skip Python's exit handlers.

Forked children of `multiprocessing`, of RQ and of Celery end with ``os._exit``, and what they still hold would be lost.
"""

import os
import sys
from collections.abc import Callable
from typing import Final, NoReturn

from spanmill._guard import Guard

_MARK: Final = "_spanmill_flushes"


def flush_children(flush: Callable[[], object], guard: Guard) -> None:
    """
    Let children that are forked from here on call *flush* before ``os._exit`` ends them, and this one if it is a child.

    Not others: they have their exit handlers, and one that skips them means it.
    """
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=lambda: _wrap(flush, guard))
    if _is_child():
        _wrap(flush, guard)


def _wrap(flush: Callable[[], object], guard: Guard) -> None:
    ends = os._exit
    if hasattr(ends, _MARK):
        return

    def end(status: int) -> NoReturn:
        with guard.attempt("flush at the end of a child"):
            flush()
        ends(status)

    setattr(end, _MARK, True)
    os._exit = end


def _is_child() -> bool:
    """Whether `multiprocessing` has started this process; asked without importing it."""
    multiprocessing = sys.modules.get("multiprocessing.process")
    if multiprocessing is None:
        return False
    # The attribute is there while a child that was not forked from its parent loads the parent's program.
    is_loading = getattr(multiprocessing.current_process(), "_inheriting", False)
    return is_loading or multiprocessing.parent_process() is not None
