"""Lines of lists of traces: what ``traces/rows`` gives, sooner where traces have few spans, as most have."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from spanmill_store.client import Store
from spanmill_store.counting import counts

EXCERPT_CHARS: Final = 200
MAX_SPANS: Final = 100
"""Up to so many, counting them here takes less time than ClickHouse takes to understand how they are counted."""


@dataclass(frozen=True, slots=True)
class Lines:
    """
    Lines of *project*.

    Attributes:
        settings: Of ClickHouse, under which they are read (`spanmill_store.nearby`).
        text: That has to occur in what was asked, or with *in_output* answered; empty for any.
    """

    store: Store
    project: str
    settings: Mapping[str, Any]
    text: str = ""
    in_output: bool = False

    def of(self, trace_ids: Sequence[str]) -> list[dict[str, Any]]:
        """Give the lines of those traces that have the text, in any order, each as ``traces/rows`` has it."""
        rows = self._ask("traces/lines", trace_ids, max_spans=MAX_SPANS)
        large = [row["TraceId"] for row in rows if row["HeldSpans"] > MAX_SPANS]
        lines = [_line(row) for row in rows if row["HeldSpans"] <= MAX_SPANS]
        return lines + (self._ask("traces/rows", large) if large else [])

    def _ask(self, query: str, trace_ids: Sequence[str], **more: Any) -> list[dict[str, Any]]:
        return self.store.rows_under(
            self.settings,
            query,
            project=self.project,
            trace_ids=trace_ids,
            excerpt_chars=EXCERPT_CHARS,
            text=self.text,
            in_output=self.in_output,
            **more,
        )


def _line(row: dict[str, Any]) -> dict[str, Any]:
    has_root = row["RootSpanId"] != ""
    service = row["RootServiceName"] if has_root else row["FirstServiceName"]
    known = {key: value for key, value in row.items() if key not in _PARTLY}
    return known | counts(json.loads(row["SpansJson"])) | {"HasRoot": has_root, "ServiceName": service}


_PARTLY: Final = frozenset({"RootSpanId", "RootServiceName", "FirstServiceName", "HeldSpans", "SpansJson"})
