"""
Who a piece of work belongs to: session, user, tags, metadata, on every span that begins meanwhile.

They travel with the context of OpenTelemetry, through threads and tasks as far as that does. Session and user also
travel as W3C baggage to services that are called, whose spanmill puts them on its own spans.
"""

from collections.abc import Callable, Mapping, Sequence
from contextvars import Token
from dataclasses import dataclass, field
from typing import Any, Final

from opentelemetry import baggage, context
from opentelemetry.context import Context
from opentelemetry.sdk.trace import Span, SpanProcessor

from spanmill._guard import Guard
from spanmill._recording import text_of

SESSION_ID: Final = "session.id"
USER_ID: Final = "user.id"
TAGS: Final = "tag.tags"
METADATA: Final = "metadata"

_KEY: Final = context.create_key("spanmill-session")
_BAGGAGE: Final = getattr(baggage, "_BAGGAGE_KEY", "")
"""Where baggage lies in a context; whatever begins has to know whether there is any, and mostly there is none."""


@dataclass(frozen=True, slots=True)
class Belonging:
    """What spans are given; a session inside another one adds to what that says, and wins where both say something."""

    session_id: str | None = None
    user_id: str | None = None
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, object] = field(default_factory=dict)

    def within(self, outer: "Belonging") -> "Belonging":
        """Return this inside *outer*."""
        return Belonging(
            self.session_id if self.session_id is not None else outer.session_id,
            self.user_id if self.user_id is not None else outer.user_id,
            tuple(dict.fromkeys((*outer.tags, *self.tags))),
            {**outer.metadata, **self.metadata},
        )

    def attributes(self) -> dict[str, str | Sequence[str]]:
        """Return the attributes of a span."""
        said: dict[str, str | Sequence[str]] = {}
        if self.session_id is not None:
            said[SESSION_ID] = self.session_id
        if self.user_id is not None:
            said[USER_ID] = self.user_id
        if self.tags:
            said[TAGS] = self.tags
        if self.metadata:
            said[METADATA] = text_of(self.metadata)
        return said


def enter(belonging: Belonging, carried: Callable[[str, str], str | None] | None) -> Token[Context]:
    """
    Make *belonging* that of everything that begins from here on; `leave` ends it.

    Services that are called learn what *carried* makes of it, nothing without.
    """
    outer = context.get_value(_KEY)
    inner = belonging.within(outer) if isinstance(outer, Belonging) else belonging
    entered = context.set_value(_KEY, inner)
    for name, value in ((SESSION_ID, belonging.session_id), (USER_ID, belonging.user_id)):
        said = carried(name, value) if carried is not None and value is not None else None
        if said is not None:
            entered = baggage.set_baggage(name, said, entered)
    return context.attach(entered)


def leave(token: Token[Context]) -> None:
    """End what `enter` began."""
    context.detach(token)


class SessionProcessor(SpanProcessor):
    """Puts on every span what its context says it belongs to."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Add the attributes; one that the span was begun with stays."""
        try:
            within = context.get_current() if parent_context is None else parent_context
            belongs = said(within) if not _BAGGAGE or _BAGGAGE in within or _KEY in within else None
            if belongs:
                known = span.attributes or {}
                span.set_attributes({name: value for name, value in belongs.items() if name not in known})
        except Exception as error:
            self._guard.report("say to which session a span belongs", error)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:  # noqa: ARG002 - see SpanProcessor
        """Do nothing, and say that it is done: the one that is inherited says it is not."""
        return True


def said(within: Context | None = None) -> dict[str, Any]:
    """Return what a span that begins in *within*, or here, belongs to, as its attributes."""
    carried = baggage.get_all(within)
    found: dict[str, Any] = {}
    if carried:
        found |= {name: carried[name] for name in (SESSION_ID, USER_ID) if isinstance(carried.get(name), str)}
    here = context.get_value(_KEY, within)
    return found | here.attributes() if isinstance(here, Belonging) else found
