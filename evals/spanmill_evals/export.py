"""A dataset as a file: JSON Lines, one test case a line, with the provenance of each."""

import json
from collections.abc import Iterator
from typing import Any

from spanmill_store.datasets import DatasetRow, Flag


def json_lines(rows: list[DatasetRow]) -> Iterator[str]:
    """Yield a line of JSON for each of *rows*, without the line's end."""
    for row in rows:
        yield json.dumps(as_object(row), ensure_ascii=False)


def as_object(row: DatasetRow) -> dict[str, Any]:
    """
    Return *row* as it is exported.

    ``expected`` is null where nobody said what the answer should have been. ``provenance`` says where the row came
    from: trace, span (null for a whole trace), session, and for each flag the rule, its version and its score.
    """
    return {
        "id": row.row_id,
        "input": row.input,
        "output": row.output,
        "expected": row.expected or None,
        "metadata": dict(row.metadata),
        "tags": list(row.tags),
        "provenance": {
            "source": row.row_source,
            "trace_id": row.trace_id or None,
            "span_id": row.span_id or None,
            "session_id": row.session_id or None,
            "flags": [_flag(flag) for flag in row.flags],
        },
    }


def _flag(flag: Flag) -> dict[str, Any]:
    return {
        "rule": flag.rule,
        "rule_version": flag.rule_version,
        "score": flag.score,
        "value": flag.value,
        "label": flag.label or None,
        "reason": flag.reason,
        "flagged_at": f"{flag.flagged_at.isoformat()}Z",
    }
