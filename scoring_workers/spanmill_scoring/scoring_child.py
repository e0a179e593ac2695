"""The child's side of `spanmill_scoring.isolation`: score under limits, and write down each outcome as it comes."""

import contextlib
import gc
import json
import math
import mmap
import os
import resource
import signal
import struct
import sys
import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from spanmill_scoring.outcomes import Failure, Outcome, Score, Scores, outcome_of
from spanmill_scoring.python_calls import Scorer
from spanmill_scoring.python_scorer import raised
from spanmill_store.targets import Target

BEGUN: Final = struct.Struct("qd")
"""What child and parent share while it works: the place of the target that it is at, and since when it is."""

DONE: Final = b"null"
"""The last line of a child that was not stopped by anything."""

OUT_OF_MEMORY: Final = 86
"""Exit code of a child that has no memory left to say so in words."""

_ENDINGS: Final = (
    *(signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGSEGV),
    *(signal.SIGALRM, signal.SIGTERM),
)
"""Signals that end the child at once, whatever the parent, or a library that it has loaded, does when it gets them."""

_SPARE_S: Final = 5.0
_MEMORY_USED: Final = Path("/proc/self/statm")


@dataclass(frozen=True, slots=True)
class Limits:
    """
    How far scorers may go.

    Attributes:
        timeout_s: Of one target.
        memory_mb: Beyond what the worker has.
        work_s: After so long no other target is begun.
    """

    timeout_s: float
    memory_mb: int
    work_s: float = math.inf


def run(
    scorer: Scorer, targets: Sequence[Target], limits: Limits, until_s: float, begun: mmap.mmap, lines: int
) -> NoReturn:
    """Score *targets* in this process, a line of *lines* for each, and end it."""
    code, parent = 1, os.getppid()
    try:
        for ending in _ENDINGS:
            signal.signal(ending, signal.SIG_DFL)
        # Were the parent killed, nobody would watch the time: then the clock of the system ends this child.
        signal.setitimer(signal.ITIMER_REAL, min(limits.work_s, len(targets) * limits.timeout_s) + _SPARE_S)
        gc.freeze()  # what was there before is not looked at again, which would copy it
        gc.enable()
        _limit_memory(limits.memory_mb)
        for place, target in enumerate(targets):
            now_s = time.monotonic()
            if place and now_s >= until_s:
                break
            if os.getppid() != parent:
                os._exit(code)  # the job was killed: nobody reads on
            BEGUN.pack_into(begun, 0, place, now_s)
            os.write(lines, line_of(_outcome(scorer, target)))
        os.write(lines, DONE + b"\n")
        code = 0
    except MemoryError:
        code = OUT_OF_MEMORY
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def line_of(outcome: Outcome) -> bytes:
    """Return *outcome* as one line."""
    said: object
    if isinstance(outcome, Score):
        said = ["score", outcome.value, outcome.label, outcome.reason]
    elif isinstance(outcome, Failure):
        said = ["failure", outcome.state, outcome.reason]
    else:
        said = ["scores", {name: astuple(score) for name, score in outcome.outputs.items()}]
    return json.dumps(said).encode() + b"\n"


def outcome_in(line: bytes) -> Outcome:
    """Return the outcome that a line stands for."""
    kind, *said = json.loads(line)
    if kind == "score":
        return Score(*said)
    if kind == "failure":
        return Failure(*said)
    outputs: dict[str, Any] = said[0]
    return Scores({name: Score(*score) for name, score in outputs.items()})


def _outcome(scorer: Scorer, target: Target) -> Outcome:
    try:
        return outcome_of(scorer(target))
    except MemoryError:
        raise
    except BaseException as error:  # noqa: BLE001 - in a process of its own even sys.exit() is that target's result
        return raised(error)


def _limit_memory(memory_mb: int) -> None:
    if not _MEMORY_USED.exists():
        return
    pages = int(_MEMORY_USED.read_text(encoding="ascii").split()[5])
    wanted = pages * resource.getpagesize() + memory_mb * 2**20
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    limit = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, most))
