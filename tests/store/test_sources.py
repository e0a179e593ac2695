"""Quick views say what the full ones say, and SQL of rules is computed over them where they have all that it names."""

import pytest

from spanmill_store.client import Store
from spanmill_store.scoring.predicate_names import COLUMNS
from spanmill_store.scoring.predicates import Scope
from spanmill_store.scoring.sources import place_of
from support.spans import Plain, span

from .conftest import Send

PAIRS: dict[Scope, tuple[str, str]] = {"trace": ("traces", "trace_facts"), "span": ("spans", "span_facts")}


@pytest.mark.parametrize("scope", PAIRS)
@pytest.mark.clickhouse
def test_a_quick_view_has_all_columns_but_those_that_lead_to_the_full_one(store: Store, scope: Scope) -> None:
    """A column that rules may name, and that is in neither, would be found missing by its first rule."""
    full, quick = PAIRS[scope]
    described = {row["name"] for row in store.select(f"DESCRIBE TABLE {quick} SETTINGS flatten_nested = 0")}
    missing = {
        column for column in COLUMNS[scope] if column.split(".")[0] not in {name.split(".")[0] for name in described}
    }
    assert missing == {column for column in COLUMNS[scope] if not place_of(scope, f"notEmpty({column})")}
    assert missing
    assert full not in place_of(scope, "1").values()


@pytest.mark.parametrize("scope", PAIRS)
@pytest.mark.clickhouse
def test_a_quick_view_says_what_the_full_one_says(store: Store, send: Send, scope: Scope) -> None:
    """Row by row, in every column that both have."""
    asked: dict[str, Plain] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "gpt-5",
        "gen_ai.usage.input_tokens": 7,
    }
    send(
        [
            span(trace=1, number=1, trace_state="ot=th:8", attributes={"session.id": "s", "input.value": "where?"}),
            span(trace=1, number=2, parent=1, attributes=asked, is_error=True),
            span(
                trace=1,
                number=3,
                parent=1,
                attributes={"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "find"},
            ),
            span(trace=2, number=4, parent=9, attributes={"user.id": "u"}),
        ]
    )
    full, quick = PAIRS[scope]
    shared = ", ".join(f"`{row['name']}`" for row in store.select(f"DESCRIBE TABLE {quick}"))
    order = "TraceId, SpanId" if scope == "span" else "TraceId"
    rows = store.select(f"SELECT {shared} FROM {quick} ORDER BY {order}")
    assert len(rows) == (4 if scope == "span" else 2)
    assert rows == store.select(f"SELECT {shared} FROM {full} ORDER BY {order}")


@pytest.mark.parametrize(
    ("scope", "sql", "view"),
    [
        ("trace", ["ErrorCount > 0", "Output"], "trace_facts"),
        ("trace", ["ErrorCount > 0", "CostUsd"], ""),
        ("span", ["SpanType = 'llm' AND StatusCode = 'Error'"], "span_facts"),
        ("span", ["length(OutputText)"], ""),
        ("span", ["SpanAttributes['x'] = 'y'"], ""),
        ("span", ["SpanName = 'the Output'"], ""),
        ("session", ["TraceCount > 1"], ""),
    ],
)
def test_sql_decides_by_the_columns_that_it_names(scope: Scope, sql: list[str], view: str) -> None:
    """A text in which a name occurs is taken for the name: that costs time only."""
    assert place_of(scope, *sql).get("from", "") == view
