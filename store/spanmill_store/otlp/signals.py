"""The signals of OTLP that are stored: their messages, and the views that turn requests into rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from spanmill_store.otlp import logs, metrics, traces
from spanmill_store.otlp.description import Message


@dataclass(frozen=True, slots=True)
class Signal:
    """
    One signal.

    Attributes:
        name: ``traces``, ``logs`` or ``metrics``; its requests are sent to the table ``otlp_<name>``.
        messages: The messages of its export request, the request's own first.
        views: SELECT over the request table, by the table that it fills.
    """

    name: str
    messages: tuple[Message, ...]
    views: Mapping[str, str]

    @property
    def table(self) -> str:
        """The table that its requests are sent to."""
        return f"otlp_{self.name}"


SIGNALS: Final = (
    Signal("traces", traces.MESSAGES, {"otel_traces": traces.mapped()}),
    Signal("logs", logs.MESSAGES, {"otel_logs": logs.flatten()}),
    Signal(
        "metrics",
        metrics.MESSAGES,
        {f"otel_metrics_{kind.name}": metrics.flatten(kind) for kind in metrics.KINDS},
    ),
)
