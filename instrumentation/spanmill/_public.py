"""`observe`, `span` and `session`, as applications call them."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, TypeVar, overload

from spanmill import _shim
from spanmill._recording import Kind, Step
from spanmill._steps import Nothing

Observed = TypeVar("Observed", bound=Callable[..., Any])


@overload
def observe(subject: Observed, /) -> Observed: ...
@overload
def observe(
    *, name: str | None = None, kind: Kind = "chain", capture_input: bool = True, capture_output: bool = True
) -> Callable[[Observed], Observed]: ...
def observe(
    subject: Any = None,
    /,
    *,
    name: str | None = None,
    kind: Kind = "chain",
    capture_input: bool = True,
    capture_output: bool = True,
) -> Any:
    """
    Record each call of a function as a span: its arguments, what it returns, how long it takes, and how it fails.

    For functions, coroutines, generators of both kinds, methods, and classes, of which each public method is observed.
    A generator's span lasts until it is exhausted or closed, and what it yielded is its output. What the function does
    is not changed, and nothing is raised that it does not raise itself.

    Args:
        subject: The function, where the decorator stands without parentheses.
        name: Of the spans; None: the function's own.
        kind: What the step is.
        capture_input: Whether arguments are recorded, where content is (`init`).
        capture_output: Whether what it returns is recorded, where content is.
    """

    def decorated(chosen: Any) -> Any:
        with _shim.guard.attempt("observe a function"):
            return _shim.steps.observe(chosen, name, kind, has_input=capture_input, has_output=capture_output)
        return chosen

    return decorated if subject is None else decorated(subject)


def span(
    name: str,
    *,
    kind: Kind = "chain",
    input: object = Nothing,  # noqa: A002 - as the field calls it
    attributes: Mapping[str, object] | None = None,
) -> AbstractContextManager[Step]:
    """
    Record a block as a span below the current one: ``with spanmill.span("rank") as step: …``.

    What the block raises goes on to whoever called it, and is recorded.

    Args:
        name: Of the span; few different ones, without ids.
        kind: What the step is.
        input: What goes in, where content is captured; `Step.set_output` says what comes out.
        attributes: Further ones; what is neither text, number nor truth value is written as JSON.
    """
    with _shim.guard.attempt("begin a span"):
        return _shim.steps.span(name, kind, input, attributes)
    return contextlib.nullcontext(_shim.recorder.silent[0])


def session(
    session_id: str | None = None,
    *,
    user_id: str | None = None,
    tags: Sequence[str] = (),
    metadata: Mapping[str, object] | None = None,
    propagate: bool = True,
) -> AbstractContextManager[None]:
    """
    Let all spans that begin in a block belong to a conversation and a user.

    Those of instrumentations too, and those of services that are called. Blocks may lie in each other: the inner one
    wins, and adds its tags and metadata.

    Args:
        session_id: The conversation's.
        user_id: Whoever asks; better a pseudonym than a name.
        tags: Labels, to filter by.
        metadata: Whatever else should be known, as one JSON object.
        propagate: Whether requests to other services carry session and user as W3C baggage. Providers of models see
            it, too, where the HTTP client is instrumented: False keeps it inside.
    """
    with _shim.guard.attempt("enter a session"):
        return _shim.steps.session(session_id, user_id, tags, metadata, is_propagated=propagate)
    return contextlib.nullcontext()
