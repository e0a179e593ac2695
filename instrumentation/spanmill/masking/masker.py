"""All that leaves is masked here, between the processors and the exporters; what cannot be masked does not leave."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk.trace import ReadableSpan

from spanmill._guard import Guard
from spanmill.masking.callbacks import DROPPED
from spanmill.masking.capture import Capture
from spanmill.masking.mask import STRICT, Mask, listed
from spanmill.masking.origins import Origins
from spanmill.masking.records import Records
from spanmill.masking.spans import Spans
from spanmill.masking.values import Values

Kind = TypeVar("Kind")


class MaskingError(Exception):
    """Masking failed; how, is told without the error's own words, for they may quote what was to be hidden."""


class Masker:
    """Masks spans, log records, and what travels to other services, as *mask* says."""

    def __init__(self, mask: Mask, capture: Capture, guard: Guard) -> None:
        self._guard = guard
        self._values = Values(mask, self._tell)
        origins = Origins(self._values)
        self._spans = Spans(self._values, origins, capture)
        self._records = Records(self._values, origins, capture)

    def spans(self, batch: Sequence[ReadableSpan]) -> list[ReadableSpan]:
        """Return *batch* as it may be sent. A span that cannot be masked loses its texts."""
        masked = (
            self._attempt(self._spans.masked, span) or self._attempt(self._spans.without_texts, span) for span in batch
        )
        return [span for span in masked if span is not None]

    def records(self, batch: Sequence[ReadableLogRecord]) -> list[ReadableLogRecord]:
        """Return *batch* as it may be sent. A record that cannot be masked is left out: it is nothing but text."""
        masked = (self._attempt(self._records.masked, record) for record in batch)
        return [record for record in masked if record is not None]

    def carried(self, key: str, value: str) -> str | None:
        """Return *value* as it may be sent to services that are called, None where it may not."""
        with self._guard.attempt("mask what other services are told"):
            masked = self._values.value(key, value, "baggage")
            return None if masked is DROPPED else str(masked)
        return None

    def _attempt(self, masked: Callable[[Kind], Kind], one: Kind) -> Kind | None:
        try:
            return masked(one)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not be told in its own words
            self._guard.report("mask what is sent", MaskingError(type(error).__name__))
        return None

    def _tell(self, error: Exception) -> None:
        with self._guard.attempt("mask a value"):
            raise error


def build(mask: object, capture: Capture, environment: Mapping[str, str], guard: Guard) -> Masker:
    """Return a masker that does what *mask* and ``SPANMILL_MASK`` say; all it can, where that cannot be understood."""
    with guard.attempt("understand what is to be masked, and hides all that it knows"):
        return Masker(listed(mask, environment), capture, guard)
    return Masker(STRICT, capture, guard)
