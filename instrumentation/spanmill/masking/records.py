"""Masked copies of log records: scores and feedback leave as such."""

import copy
import dataclasses
from typing import Any

from opentelemetry.sdk._logs import ReadableLogRecord

from spanmill.masking import content
from spanmill.masking.callbacks import DROPPED
from spanmill.masking.capture import Capture
from spanmill.masking.origins import Origins
from spanmill.masking.values import Values


class Records:
    """Masks log records: their values with *values*, their content by *capture*."""

    def __init__(self, values: Values, origins: Origins, capture: Capture) -> None:
        self._values = values
        self._origins = origins
        self._capture = capture

    def masked(self, record: ReadableLogRecord) -> ReadableLogRecord:
        """Return a copy of *record* as it may be sent."""
        scope = record.instrumentation_scope
        is_captured = self._capture.of(scope.name if scope is not None else "")
        said: Any = copy.copy(record.log_record)
        said.attributes = self._values.attributes(said.attributes, "log", is_captured=is_captured)
        said.body = self._body(said.body, is_captured=is_captured)
        for name in ("event_name", "severity_text"):
            if getattr(said, name):
                setattr(said, name, self._values.text(name, getattr(said, name), "log"))
        return dataclasses.replace(
            record,
            log_record=said,
            resource=self._origins.resource(record.resource),
            instrumentation_scope=self._origins.scope(scope),
        )

    def _body(self, body: Any, *, is_captured: bool) -> Any:
        if body is None:
            return None
        masked = self._values.value("body", body, "log") if is_captured else content.HIDDEN
        return None if masked is DROPPED else masked
