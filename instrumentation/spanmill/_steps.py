"""The shim's public functions for the application's own steps: `observe`, `span`, `session`."""

import contextlib
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from spanmill._guard import Guard
from spanmill._observe import Arguments, Plan, observed
from spanmill._recording import Kind, Recorder, Step, text_of

Nothing: Final = object()


class Steps:
    """What the public functions do, with a *recorder*."""

    def __init__(self, recorder: Recorder, guard: Guard) -> None:
        self._recorder = recorder
        self._guard = guard

    def observe(self, subject: Any, name: str | None, kind: Kind, *, has_input: bool, has_output: bool) -> Any:
        """Return *subject*, a function or a class, so that its calls are recorded."""
        if isinstance(subject, type):
            return self._observe_class(subject, kind, has_input=has_input, has_output=has_output)
        if isinstance(subject, staticmethod | classmethod):
            inner = self.observe(subject.__func__, name, kind, has_input=has_input, has_output=has_output)
            return type(subject)(inner)
        plan = Plan(self._recorder, name or _name(subject), kind, Arguments(_signature(subject)), has_input, has_output)
        return observed(plan, subject)

    def _observe_class(self, subject: type, kind: Kind, *, has_input: bool, has_output: bool) -> type:
        for name, member in list(vars(subject).items()):
            if not name.startswith("_") and (
                inspect.isfunction(member) or isinstance(member, staticmethod | classmethod)
            ):
                setattr(subject, name, self.observe(member, None, kind, has_input=has_input, has_output=has_output))
        return subject

    @contextlib.contextmanager
    def span(self, name: str, kind: Kind, value: object, attributes: Mapping[str, object] | None) -> Iterator[Step]:
        """Record the block as a step."""
        step, current = self._recorder.silent
        with self._guard.attempt("begin a span"):
            step, current = self._recorder.begin(name, kind, attributes)
            if value is not Nothing:
                step.set_input(value)
        try:
            with current:
                yield step
        except BaseException as error:
            step.fail(error)
            raise
        finally:
            step.end()

    @contextlib.contextmanager
    def session(
        self,
        session_id: str | None,
        user_id: str | None,
        tags: Sequence[str],
        metadata: Mapping[str, object] | None,
        *,
        is_propagated: bool,
    ) -> Iterator[None]:
        """Let what begins in the block belong to a session and a user."""
        token = None
        with self._guard.attempt("enter a session"):
            from spanmill import _session  # noqa: PLC0415 - it loads OpenTelemetry

            belonging = _session.Belonging(
                None if session_id is None else text_of(session_id),
                None if user_id is None else text_of(user_id),
                (text_of(tags),) if isinstance(tags, str) else tuple(map(text_of, tags)),
                dict(metadata or {}),
            )
            token = _session.enter(belonging, self._recorder.carried if is_propagated else None)
        try:
            yield
        finally:
            with self._guard.attempt("leave a session"):
                if token is not None:
                    _session.leave(token)


def _name(subject: Any) -> str:
    return str(getattr(subject, "__qualname__", None) or type(subject).__qualname__).replace("<locals>.", "")


def _signature(subject: Callable[..., Any]) -> inspect.Signature | None:
    try:
        return inspect.signature(subject)
    except (TypeError, ValueError):  # of some functions written in C nobody knows it
        return None
