"""What an application may say of how much is sent."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal, TypeVar, get_args

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

SAMPLE: Final = "SPANMILL_SAMPLE"
SAMPLE_KEEP: Final = "SPANMILL_SAMPLE_KEEP"
SAMPLE_HOLD_S: Final = "SPANMILL_SAMPLE_HOLD_S"
RELEASED_AT: Final = "SPANMILL_RELEASED_AT"
OTEL_SAMPLER: Final = "OTEL_TRACES_SAMPLER"

Keep = Literal["errors", "feedback", "releases"]
"""Traces that are always sent: with a span that failed; with feedback of a person; of the first hour of a release."""

ALL: Final[tuple[Keep, ...]] = get_args(Keep)

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Sampling:
    """
    Which traces `spanmill.init` sends: ``init(sample=Sampling(0.1, keep=("errors",)))``.

    Each span tells with which probability it was sent, and spanmill weighs by that.

    Attributes:
        ratio: Share of the traces that begin in this process, from 0 to 1. By the trace's id, or by the session's where
            a trace begins within one, so that sessions are sent whole. Services that are called follow.
        keep: What is sent in any case; None: ``SPANMILL_SAMPLE_KEEP``, else all there is.
        keep_if: Asked of each span that ended, in the thread that ends it; where it says yes, the trace is sent.
        released_at: When the running version was released; None: ``SPANMILL_RELEASED_AT``, in ISO 8601, else unknown.
        release_s: For so many seconds from then on everything is sent.
        hold_s: For so many seconds a trace that has ended waits for feedback; None: ``SPANMILL_SAMPLE_HOLD_S``, else
            30, and 0 where feedback does not matter.
    """

    ratio: float = 1.0
    keep: Sequence[Keep] | None = None
    keep_if: "Callable[[ReadableSpan], bool] | None" = None
    released_at: datetime | None = None
    release_s: float = 3600.0
    hold_s: float | None = None

    def keeps(self, what: Keep) -> bool:
        """Whether *what* is sent in any case."""
        return what in (ALL if self.keep is None else self.keep)

    @property
    def has_rules(self) -> bool:
        """Whether it may be known only at the end of a trace that it is sent."""
        return self.ratio < 1 and (self.keeps("errors") or self.keeps("feedback") or self.keep_if is not None)

    @property
    def waits_s(self) -> float:
        """For how long a trace waits after its end, in seconds."""
        if not self.keeps("feedback"):
            return 0.0
        return 30.0 if self.hold_s is None else self.hold_s


def chosen(given: object, environment: Mapping[str, str]) -> Sampling | None:
    """
    Return what the caller of `spanmill.init` *gave*, completed from the environment; None where all is sent.

    Raises:
        TypeError: It is neither a number nor a `Sampling`.
        ValueError: Something in it, or in a variable, cannot be understood.
    """
    said = _read(SAMPLE, environment, float) if given is None else given
    if said is None:
        return None
    whole = said if isinstance(said, Sampling) else Sampling(_number(said))
    if whole.keep is None:
        whole = replace(whole, keep=_read(SAMPLE_KEEP, environment, _kinds))
    if whole.hold_s is None:
        whole = replace(whole, hold_s=_read(SAMPLE_HOLD_S, environment, float))
    if whole.released_at is None:
        whole = replace(whole, released_at=_read(RELEASED_AT, environment, datetime.fromisoformat))
    return _checked(whole)


def _checked(whole: Sampling) -> Sampling:
    if not 0 <= _number(whole.ratio) <= 1:
        raise ValueError(f"a ratio of {whole.ratio!r} is not between 0 and 1")
    if whole.hold_s is not None and not 0 <= _number(whole.hold_s) <= 3600:
        raise ValueError(f"hold_s={whole.hold_s!r} is not between 0 and 3600 seconds")
    unknown = [what for what in whole.keep or () if what not in ALL]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is nothing to keep: there are {', '.join(ALL)}")
    if whole.released_at is not None and whole.released_at.tzinfo is None:
        return replace(whole, released_at=whole.released_at.replace(tzinfo=UTC))
    return whole


def _number(said: object) -> float:
    if isinstance(said, bool) or not isinstance(said, int | float):
        raise TypeError(f"sample={said!r} is neither a number nor a spanmill.Sampling")
    return float(said)


def _kinds(text: str) -> tuple[Keep, ...]:
    words = [word.strip() for word in text.lower().split(",") if word.strip()]
    if words == ["none"]:
        return ()
    unknown = [word for word in words if word not in ALL]
    if unknown:
        raise ValueError(f"there are {', '.join(ALL)}, and none")
    return tuple(kind for kind in ALL if kind in words)


def _read(name: str, environment: Mapping[str, str], parse: Callable[[str], Read]) -> Read | None:
    text = environment.get(name, "").strip()
    if not text:
        return None
    try:
        return parse(text)
    except ValueError as error:
        raise ValueError(f"{name}={text[:40]!r} is not understood: {error}") from None
