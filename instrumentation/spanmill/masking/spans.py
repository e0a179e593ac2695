"""Masked copies of spans; a span in which there is nothing to hide is not copied."""

import re
from collections.abc import Sequence
from typing import Any, Final

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.trace import Link, SpanContext, Status, TraceState

from spanmill.masking import content
from spanmill.masking.callbacks import DROPPED
from spanmill.masking.capture import Capture
from spanmill.masking.copies import MaskedSpan, counted
from spanmill.masking.hits import marker
from spanmill.masking.origins import Origins
from spanmill.masking.values import Values

REMOVED: Final = marker("name that could not be masked,")
_PLAIN_KEY: Final = re.compile(r"[a-z]+(?:[._][a-z]+)*")


class Spans:
    """Masks spans: their values with *values*, their content by *capture*."""

    def __init__(self, values: Values, origins: Origins, capture: Capture) -> None:
        self._values = values
        self._origins = origins
        self._capture = capture

    def masked(self, span: ReadableSpan) -> ReadableSpan:
        """Return *span* as it may be sent."""
        scope, context, status = span.instrumentation_scope, span.context, span.status
        is_captured = self._capture.of(scope.name if scope is not None else "")
        resource = self._origins.resource(span.resource)  # first: it is known by then, should the rest fail
        changed = self._content(span, is_captured=is_captured)
        if resource is not span.resource:
            changed["resource"] = resource
        if (name := self._values.text("span.name", span.name, "name")) is not span.name:
            changed["name"] = name
        if status.description and (said := self._status(span, is_captured=is_captured)) is not status:
            changed["status"] = said
        if (sent := self._context(context)) is not context:
            changed["context"] = sent
        if (origin := self._origins.scope(scope)) is not scope:
            changed["instrumentation_scope"] = origin
        return MaskedSpan(span, **changed) if changed else span

    def _content(self, span: ReadableSpan, *, is_captured: bool) -> dict[str, Any]:
        """What changes of the attributes, events and links of *span*."""
        changed: dict[str, Any] = {}
        given, events, links = span.attributes, span.events, span.links
        if (attributes := self._values.attributes(given, "attribute", is_captured=is_captured)) is not given:
            changed["attributes"] = attributes
        if events and (masked := self._events(events, is_captured=is_captured)) is not None:
            changed["events"] = masked
        if links and (linked := self._links(links, is_captured=is_captured)) is not None:
            changed["links"] = linked
        return changed

    def without_texts(self, span: ReadableSpan) -> ReadableSpan:
        """Return *span* with nothing but numbers, for when masking fails: it is neither lost nor sent as it is."""
        numbers = {
            key: value
            for key, value in (span.attributes or {}).items()
            if isinstance(value, int | float) and _PLAIN_KEY.fullmatch(key)
        }
        context = span.context
        return MaskedSpan(
            span,
            name=REMOVED,
            context=None if context is None else SpanContext(context.trace_id, context.span_id, context.is_remote),
            attributes=numbers,
            events=(),
            links=(),
            status=Status(span.status.status_code),
            resource=self._origins.known_resource(span.resource),
            instrumentation_scope=None,
        )

    def _events(self, events: Sequence[Event], *, is_captured: bool) -> list[Event] | None:
        kept = [event for event in events if is_captured or not content.is_content_event(event.name)]
        masked = [self._event(event, is_captured=is_captured) for event in kept]
        is_same = len(masked) == len(events) and all(one is other for one, other in zip(masked, events, strict=True))
        return None if is_same else masked

    def _event(self, event: Event, *, is_captured: bool) -> Event:
        name = self._values.text("event.name", event.name, "event")
        attributes = self._values.attributes(event.attributes, "event", is_captured=is_captured)
        if name == event.name and attributes is event.attributes:
            return event
        return Event(name, counted(attributes, event.dropped_attributes), event.timestamp)

    def _links(self, links: Sequence[Link], *, is_captured: bool) -> list[Link] | None:
        masked = [self._link(link, is_captured=is_captured) for link in links]
        return None if all(one is other for one, other in zip(masked, links, strict=True)) else masked

    def _link(self, link: Link, *, is_captured: bool) -> Link:
        attributes = self._values.attributes(link.attributes, "link", is_captured=is_captured)
        context = self._context(link.context)
        is_same = attributes is link.attributes and context is link.context
        return link if is_same else Link(context or link.context, counted(attributes, link.dropped_attributes))

    def _status(self, span: ReadableSpan, *, is_captured: bool) -> Status:
        status = span.status
        if not status.description:
            return status
        if not is_captured:
            return Status(status.status_code, content.instead(_error_type(span)))
        description = self._values.text("status.description", status.description, "status")
        return status if description == status.description else Status(status.status_code, description)

    def _context(self, context: SpanContext | None) -> SpanContext | None:
        """Vendors' entries of ``tracestate`` are texts, too."""
        if context is None or not context.trace_state:
            return context
        said = [(name, self._values.value(name, value, "attribute")) for name, value in context.trace_state.items()]
        if all(value == context.trace_state[name] for name, value in said):
            return context
        state = TraceState([(name, str(value)) for name, value in said if value is not DROPPED])
        return SpanContext(context.trace_id, context.span_id, context.is_remote, context.trace_flags, state)


def _error_type(span: ReadableSpan) -> object:
    said = [(event.attributes or {}).get("exception.type") for event in span.events]
    return (span.attributes or {}).get("error.type") or next(filter(None, said), None)
