"""Copies of the SDK's objects that remember what the originals had lost."""

from collections.abc import Mapping
from typing import Any

from opentelemetry.attributes import BoundedAttributes
from opentelemetry.sdk.trace import ReadableSpan


class MaskedSpan(ReadableSpan):
    """A copy of *span* with some things replaced."""

    def __init__(self, span: ReadableSpan, **replaced: Any) -> None:
        fields = ("name", "context", "parent", "resource", "attributes", "events", "links", "kind", "status")
        kept = {name: getattr(span, name) for name in (*fields, "start_time", "end_time", "instrumentation_scope")}
        super().__init__(**(kept | replaced))
        self._dropped = (span.dropped_attributes, span.dropped_events, span.dropped_links)

    @property
    def dropped_attributes(self) -> int:
        """As the span said."""
        return self._dropped[0]

    @property
    def dropped_events(self) -> int:
        """As the span said."""
        return self._dropped[1]

    @property
    def dropped_links(self) -> int:
        """As the span said."""
        return self._dropped[2]


def counted(attributes: Mapping[str, Any] | None, dropped: int) -> BoundedAttributes:
    """*attributes* that remember how many the application had *dropped* before."""
    counted = BoundedAttributes(attributes=attributes)
    counted.dropped = dropped
    return counted
