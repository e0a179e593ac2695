"""What the cookbook reads: the days asked for, by indexes, and content only where the question is about it."""

import pytest

from spanmill_store import cookbook
from spanmill_store.client import Store
from spanmill_store.guard.projects import restriction
from support.plans import Reading, readings

pytestmark = pytest.mark.clickhouse

GIVEN = {"before": "1.0", "after": "1.1", "user": "user-1", "text": "kettle", "trace": f"{5:032x}", "days": "2"}
CONTENT = {"SpanAttributes", "ResourceAttributes", "Events.Attributes", "Input", "Output", "StatusMessage", "Metadata"}
ABOUT_CONTENT = {
    "empty_answers": {"Input", "Output"},
    "empty_retrievals": {"SpanAttributes", "Events.Attributes"},
    "search_inputs": {"Input"},
    "unresolved_sessions": {"Output"},
}
"""Questions that are about content, and what they read of it."""

NAMES = [name.removeprefix(cookbook.FOLDER) for name in cookbook.names()]
TIMED = [name for name in NAMES if any(parameter.name == "days" for parameter in cookbook.recipe(name).parameters)]
OF_SPANS = [name for name in TIMED if "otel_traces" in cookbook.recipe(name).statement]
BY_TIME = {"otel_traces": "Timestamp", "usage_parts": "Minute", "user_usage_parts": "Minute"}


def read(store: Store, name: str, *, with_sets: bool) -> list[Reading]:
    """What the recipe *name* reads, of two days where it asks for days."""
    recipe = cookbook.recipe(name)
    known = {parameter.name for parameter in recipe.parameters}
    values = recipe.values({key: value for key, value in GIVEN.items() if key in known})
    return readings(store, recipe.statement, values, with_sets=with_sets)


@pytest.mark.parametrize("name", NAMES)
def test_content_is_read_where_the_question_is_about_it(filled: Store, name: str) -> None:
    """Lists and figures never read what models said."""
    columns = {column for reading in read(filled, name, with_sets=False) for column in reading.columns}
    assert columns & CONTENT == ABOUT_CONTENT.get(name, set())


@pytest.mark.parametrize("name", TIMED)
def test_only_the_days_asked_for_are_read(filled: Store, name: str) -> None:
    """Spans of other days are left out by their partitions, minutes by the sorting key."""
    for reading in read(filled, name, with_sets=False):
        if reading.table in BY_TIME:
            assert reading.uses(BY_TIME[reading.table]), reading
        if reading.table == "otel_traces":
            there, left = reading.parts
            assert left < there, reading
            assert any(
                index.kind in {"Partition", "Min-Max"} and index.condition != "true" for index in reading.indexes
            )


@pytest.mark.parametrize("name", NAMES)
def test_traces_are_looked_up_by_id(filled: Store, name: str) -> None:
    """Of traces no more is read whole than the ids by which the others are left out."""
    for reading in read(filled, name, with_sets=True):
        if reading.table == "trace_parts":
            assert reading.uses("Project"), reading
            assert reading.uses("TraceId"), reading


@pytest.mark.parametrize("name", [name for name in TIMED if name not in {"scoring_coverage", "new_this_week"}])
def test_scores_are_found_by_time(filled: Store, name: str) -> None:
    """The index over Time leaves out scores of other days."""
    for reading in read(filled, name, with_sets=True):
        if reading.table == "scores":
            assert any(index.name == "idx_time" for index in reading.indexes), reading


def test_a_trace_is_found_by_its_id(filled: Store) -> None:
    """The Bloom filter over trace ids leaves the day of the trace."""
    [reading] = read(filled, "trace_tree", with_sets=True)
    there, left = reading.parts
    assert left == 1 < there


@pytest.mark.parametrize("name", OF_SPANS)
def test_a_restriction_keeps_to_the_days(filled: Store, name: str) -> None:
    """Asked about one project, a question reads the partitions of the same days."""
    recipe = cookbook.recipe(name)
    values = recipe.values({key: GIVEN[key] for key in GIVEN if any(p.name == key for p in recipe.parameters)})
    found = readings(filled, recipe.statement, values, with_sets=False, settings=restriction(filled.database, {"shop"}))
    spans = [reading.parts for reading in found if reading.table == "otel_traces"]
    assert spans
    assert all(left < there for there, left in spans)
