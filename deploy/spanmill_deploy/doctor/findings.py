"""What the doctor can find."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How bad a finding is; only `BAD` makes the command fail."""

    GOOD = "ok"
    NOTICE = "notice"
    BAD = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """
    An answer to one question.

    Attributes:
        subject: What was looked at.
        text: What was seen and, where it is not good, what to do.
    """

    subject: str
    state: State
    text: str

    @property
    def is_bad(self) -> bool:
        """Whether something is broken, rather than worth knowing."""
        return self.state is State.BAD
