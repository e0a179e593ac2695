"""Targets for built-in scorers, and what they say of them."""

from datetime import UTC, datetime

from spanmill_scoring.builtin.catalog import builtin_of
from spanmill_scoring.builtin.kinds import PythonBuiltin
from spanmill_scoring.outcomes import Score
from spanmill_store.targets import Span, Target, TargetId


def span(kind: str, name: str = "", *, asked: str = "", answered: str = "", status: str = "Unset") -> Span:
    """A span of a trace."""
    when = datetime(2026, 11, 29, tzinfo=UTC)
    return Span("s", "r", name, kind, status, "", when, 1, asked, answered, "", "", name, {})


def target(question: str = "", answer: str = "", *spans: Span) -> Target:
    """A trace with a question, an answer and spans."""
    return Target(TargetId("default", "t"), "turn", question, answer, "", "", {}, spans)


def score(name: object, of: Target) -> Score | None:
    """What the built-in scorer *name* says."""
    builtin = builtin_of(name)
    assert isinstance(builtin, PythonBuiltin)
    return builtin.score(of)


def value(name: object, of: Target) -> float | None:
    """Its value, None where it has nothing to say."""
    found = score(name, of)
    return found.value if found else None
