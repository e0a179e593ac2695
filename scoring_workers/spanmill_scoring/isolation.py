"""
Users' Python scorers run in a child process, with a time limit for each target and a memory limit.

The child is forked, so it has the targets and the imported scorer without being sent anything. What it finds it writes,
a line a target, to a file in memory that both share: nobody is woken for it, and it outlives the child. A scorer that
hangs, ends the process or takes too much memory costs its target; a new child goes on with the next one.

Memory is limited by RLIMIT_DATA: what a process may write to. RLIMIT_AS would count address space that libraries such
as numpy only reserve. Where Linux's /proc is missing, there is no such limit.
"""

import math
import mmap
import os
import select
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from io import FileIO
from typing import IO

from spanmill_scoring.outcomes import Failure, Outcome
from spanmill_scoring.python_calls import Scorer
from spanmill_scoring.scoring_child import BEGUN, DONE, OUT_OF_MEMORY, Limits, outcome_in, run
from spanmill_store.targets import Target


def score(scorer: Scorer, targets: Sequence[Target], limits: Limits) -> list[Outcome]:
    """Return the outcomes of *targets*, in their order: of all, or of the first ones when `Limits.work_s` is over."""
    until_s = time.monotonic() + limits.work_s
    outcomes: list[Outcome] = []
    while len(outcomes) < len(targets) and (not outcomes or time.monotonic() < until_s):
        said, failure = _by_a_child(scorer, targets[len(outcomes) :], limits, until_s)
        outcomes += said if failure is None else [*said, failure]
    return outcomes


def _by_a_child(
    scorer: Scorer, targets: Sequence[Target], limits: Limits, until_s: float
) -> tuple[list[Outcome], Failure | None]:
    """Return what a child says of the first of *targets*, and the failure of the one that ended it, if one did."""
    with _shared_file() as lines, mmap.mmap(-1, BEGUN.size) as begun:
        BEGUN.pack_into(begun, 0, 0, time.monotonic())
        ended, living = os.pipe()
        sys.stdout.flush()  # or both would print what is in its buffer
        child = os.fork()
        if child == 0:
            run(scorer, targets, limits, until_s, begun, lines.fileno())
        os.close(living)
        try:
            is_late = _is_late(ended, begun, limits.timeout_s)
        finally:
            os.kill(child, signal.SIGKILL)  # of no effect on one that has ended by itself
            _, status = os.waitpid(child, 0)
            os.close(ended)
        place, _ = BEGUN.unpack_from(begun)
        lines.seek(0)
        *written, _ = lines.read().split(b"\n")
    if written and written[-1] == DONE:
        return [outcome_in(line) for line in written[:-1]], None
    said = [outcome_in(line) for line in written]
    if is_late:
        # It may have come to the next one while it was being ended.
        return said, _failure(_late(limits)) if place == len(said) else None
    # Memory may be full, or the process broken, of what was scored before: at fault is who ends a child all by itself.
    return said, None if said else _failure(_how(os.waitstatus_to_exitcode(status), limits))


def _is_late(ended: int, begun: mmap.mmap, timeout_s: float) -> bool:
    """Wait until the child has ended, or has been at one target for too long."""
    waiting = select.poll()
    waiting.register(ended)
    while True:
        _, since_s = BEGUN.unpack_from(begun)
        left_s = since_s + timeout_s - time.monotonic()
        if left_s <= 0:
            return True
        if waiting.poll(math.ceil(left_s * 1000)):
            return False


def _late(limits: Limits) -> str:
    return f"the scorer ran into its time limit: timeout_s is {limits.timeout_s:g}"


def _how(code: int, limits: Limits) -> str:
    """How a child came to its end."""
    if code == OUT_OF_MEMORY:
        return f"the scorer ran out of memory: memory_mb is {limits.memory_mb}"
    if code < 0:
        return f"the scorer's process died of {signal.Signals(-code).name}"
    return f"the scorer's process died: it ended itself with exit code {code}"


def _failure(reason: str) -> Failure:
    return Failure("scorer_error", reason)


def _shared_file() -> IO[bytes]:
    """A file without a name, in memory where the system has such a thing."""
    if sys.platform != "linux":
        return tempfile.TemporaryFile(buffering=0)
    return FileIO(os.memfd_create("outcomes"), "r+")
