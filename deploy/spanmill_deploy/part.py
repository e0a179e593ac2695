"""
What a part is: a name, a command, when it answers, and when it is told to stop.

Nothing here starts anything; `spanmill_deploy.keeper` keeps one part running, `spanmill_deploy.supervisor` all of them.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol


class Probe(Protocol):
    """Asks a part whether it answers; it may block for a second or so and is called in a thread."""

    def __call__(self, pid: int) -> bool:
        """Whether the part whose process is *pid* does its work."""


class StopStep(IntEnum):
    """The order in which parts are told to stop: first those that take new data in, last those that hold it."""

    INTAKE = 0
    SCORING = 1
    DATABASES = 2


@dataclass(frozen=True, slots=True)
class Part:
    """
    One process that the supervisor looks after.

    Attributes:
        name: The label of its log lines.
        command: Program and arguments; the process gets a session of its own.
        answers: Whether it does its work; without a probe a part answers once it has settled.
        settle_s: How long it must have run before it is asked. For a part that nobody can ask this is the proof that it
            likes its settings, because one that does not ends at once.
        stop_step: When it is told to stop.
        is_one_shot: Whether it does its work by ending with exit code 0. It is tried once and never restarted.
    """

    name: str
    command: tuple[str, ...]
    answers: Probe | None = None
    settle_s: float = 0.0
    stop_step: StopStep = StopStep.INTAKE
    is_one_shot: bool = False


def ending(exit_code: int) -> str:
    """How a process ended, in words: ``exit code 3``, ``signal 9``."""
    return f"signal {-exit_code}" if exit_code < 0 else f"exit code {exit_code}"
