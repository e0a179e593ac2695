"""Named queries: every file is well-formed, and compiles against the migrated schema."""

import re

import pytest

from spanmill_store import queries
from spanmill_store.client import Store

DUMMIES = {
    "String": "x",
    "Array(String)": ["x"],
    "Array(Int64)": [1],
    "Array(Array(String))": [["x"]],
    "Array(Array(Float64))": [[0.5]],
    "Float64": 0.5,
    "Date": "2026-01-02",
    "DateTime": "2026-01-02 03:04:05",
    "DateTime64(9)": "2026-01-02 03:04:05",
    "Array(DateTime)": ["2026-01-02 03:04:00"],
    "Bool": "true",
    "Identifier": "otel_traces",
}
IDENTIFIERS = {
    "logs": "otel_logs",
    "points": "otel_metrics_gauge",
    "received": "IngestTime",
    "usage": "user_usage_parts",
    "messages": "messages",
    "sessions": "session_completions",
}
"""What stands for identifiers that cannot be just any table."""
_DUMMIES_OF = {"prices/fill_trace_parts": {"day": "2026-01-02"}}
"""Where a dummy of the type alone does not do."""

_TYPED = re.compile(r"\{(\w+):([^}]+)\}")
_SELECT = re.compile(r"^(SELECT|WITH)\b[\s\S]*", re.MULTILINE)
_COMMENTS = re.compile(r"^\s*--.*$", re.MULTILINE)


def bare(name: str) -> str:
    """The statement called *name* without its comments."""
    return _COMMENTS.sub("", queries.text(name)).strip()


def dummies(statement: str) -> dict[str, object]:
    """A value of the right type for each parameter of *statement*."""
    found = {name: DUMMIES.get(kind.strip(), 1) for name, kind in _TYPED.findall(statement)}
    return {**found, **{name: IDENTIFIERS[name] for name in found.keys() & IDENTIFIERS.keys()}}


@pytest.mark.parametrize("name", queries.names())
def test_a_query_says_what_it_is_for(name: str) -> None:
    """The file begins with a comment and holds one statement that names its parameters."""
    text = queries.text(name)
    assert text.startswith("-- ")
    header = text[: text.index(bare(name)[:20])]
    assert ";" not in bare(name)
    for parameter in queries.parameters(text):
        assert parameter in header, f"{name}: the header does not explain {parameter}"


@pytest.mark.clickhouse
def test_every_select_compiles(store: Store) -> None:
    """EXPLAIN accepts every SELECT, also behind INSERT, on the migrated, empty schema."""
    for name in queries.names():
        found = _SELECT.search(bare(name))
        if found and not name.startswith("cluster/items"):  # which needs a cluster: tests/store/test_cluster.py
            store.select(f"EXPLAIN {found[0]}", dummies(found[0]) | _DUMMIES_OF.get(name, {}))
