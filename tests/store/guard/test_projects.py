"""A question that may see some projects is answered as if no others existed."""

import re

import pytest

from spanmill_store.client import Store
from spanmill_store.errors import SpanmillError, StatementRefused
from spanmill_store.guard.projects import restriction
from spanmill_store.guard.statement import checked
from spanmill_store.guard.tables import BEHIND_VIEWS, READABLE
from spanmill_store.reading import answer
from support.http_query import Ask
from support.questions import QUESTIONS
from support.two_projects import OURS, SECRET, THEIRS

pytestmark = pytest.mark.clickhouse

FAILING_ON_THEIRS = [
    "toUInt8(UserId) = 7",
    "SpanName != '' AND toUInt8(UserId) = 7",
    "toUInt8(UserId) = 7 AND Duration > 0",
    "intDiv(1, Project = 'ours') = 1",
    "intDiv(1, Project = 'ours') = 1 AND toUInt8(UserId) = 7 AND TraceId != ''",
    "toDate(Timestamp) > '2020-01-01' AND toUInt8(UserId) = 7",
    "Timestamp > '2020-01-01 00:00:00' AND toUInt8(Tags[2]) = 7",
    "toUInt8(SpanAttributes['word']) = 7",
    "Project IN ('ours', 'it''s \\\\ theirs') AND toUInt8(UserId) = 7",
    "TraceId IN (SELECT TraceId FROM scores WHERE toUInt8(Rationale) = 7) AND toUInt8(UserId) = 7",
]
"""Conditions that cannot be computed on rows of the other project."""

FAILING_QUESTIONS = [
    *(
        f"SELECT count() FROM {table} WHERE {where}"
        for table in ("otel_traces", "spans")
        for where in FAILING_ON_THEIRS
    ),
    "SELECT count() FROM traces WHERE toUInt8(UserId) = 7",
    "SELECT count() FROM traces WHERE intDiv(1, Project = 'ours') = 1 AND toUInt8(UserId) = 7",
    "SELECT count() FROM scores WHERE toUInt8(Rationale) = 7",
    "SELECT count() FROM scores FINAL WHERE toUInt8(Rationale) = 7",
    "SELECT count() FROM otel_logs WHERE toUInt8(Body) = 7",
    "SELECT count() FROM flags FINAL WHERE toUInt8(Reason) = 7",
    "SELECT count() FROM ingest_accounts WHERE toUInt8(if(KeyId = 'key', '7', KeyId)) = 7",
    "SELECT sum(toUInt8(UserId)) FROM otel_traces",
    "SELECT toUInt8(UserId) AS u, count() FROM otel_traces GROUP BY u ORDER BY u LIMIT 1",
    "SELECT UserId FROM otel_traces ORDER BY toUInt8(UserId) LIMIT 1",
    "SELECT count() FROM otel_traces t JOIN scores s ON t.TraceId = s.TraceId AND toUInt8(UserId) = toUInt8(Rationale)",
    "SELECT count() FROM otel_traces t JOIN scores s USING TraceId WHERE toUInt8(t.UserId) = toUInt8(s.Rationale)",
    "SELECT count() FROM otel_traces t LEFT JOIN scores s ON t.TraceId = s.TraceId WHERE toUInt8(t.UserId) = 7",
    "SELECT count() FROM otel_traces ARRAY JOIN [toUInt8(UserId)] AS u WHERE u = 7",
    "SELECT count() FROM otel_traces ARRAY JOIN Tags AS tag WHERE tag != 'a' AND toUInt8(tag) = 7",
    "SELECT count() FROM (SELECT toUInt8(UserId) AS u, Duration FROM otel_traces) WHERE u = 7 AND Duration > 0",
    "WITH t AS (SELECT toUInt8(UserId) AS u FROM otel_traces) SELECT count() FROM t WHERE u = 7",
    "SELECT (SELECT count() FROM otel_traces WHERE toUInt8(UserId) = 7)",
    "SELECT UserId FROM otel_traces WHERE toUInt8(UserId) = 7 ORDER BY Timestamp LIMIT 1",
    # ClickHouse moves both conditions before the filter here, if it may.
    "SELECT count() FROM scores WHERE intDiv(1, Project = 'ours') = 1 AND (toUInt8(Rationale), 1) = (7, 1)",
    "SELECT 1 FROM scores JOIN scores s USING TraceId WHERE intDiv(1, Project = 'ours') AND (Rationale::Int8, 1)=(7,1)",
]

SHADOWS = [
    "SELECT 'ours' AS Project, UserId FROM otel_traces",
    "SELECT 'ours' AS Project, * EXCEPT Project FROM scores",
    "WITH 'ours' AS Project SELECT Rationale FROM scores",
    "SELECT * FROM (SELECT 'ours' AS Project, Rationale FROM scores)",
    "SELECT * FROM (SELECT * REPLACE ('ours' AS Project) FROM scores) AS traces",
    "SELECT s.* FROM flags AS scores JOIN scores AS s ON s.TraceId = scores.TraceId",
    "SELECT Rationale FROM scores WHERE Project = 'ours' OR 1",
    "SELECT Rationale FROM scores WHERE NOT Project = 'ours'",
    "SELECT Rationale FROM scores GROUP BY ALL WITH TOTALS",
    "SELECT Rationale FROM (SELECT * FROM flags) AS f RIGHT JOIN scores ON 1 = 0",
    "SELECT Rationale FROM flags FULL JOIN scores ON flags.TraceId = scores.SpanId",
    "SELECT Rationale FROM scores AS `spanmill.scores`",
    "SELECT arrayJoin(groupArray(Rationale)) FROM scores",
    "SELECT Rationale FROM scores WHERE TraceId IN (SELECT TraceId FROM scores)",
    "SELECT Rationale FROM scores UNION ALL SELECT UserId FROM otel_traces UNION ALL SELECT Reason FROM flags",
    "SELECT Rationale FROM scores EXCEPT SELECT '7'",
    "SELECT DISTINCT Project FROM scores UNION ALL SELECT max(Project) FROM otel_traces",
    "SELECT Project, count() FROM otel_traces GROUP BY CUBE(Project)",
    "SELECT last_value(Rationale) OVER () FROM scores",
    "SELECT max(Rationale), min(Project), max(Project) FROM scores",
    "SELECT sumMap(map(UserId, 1)) FROM otel_traces",
    "SELECT a.Rationale, b.UserId FROM scores a, otel_traces b",
    "SELECT Rationale FROM scores ORDER BY Project DESC LIMIT 1 BY Project",
    "SELECT EXISTS(SELECT 1 FROM scores WHERE Project != 'ours')",
]
"""Attempts to get at the other project by other names, sides and shapes."""


def told(store: Store, question: str, projects: set[str] | None = None) -> list[list[str]]:
    """The answer to *question* for those who may see *projects*."""
    with answer(store, question, projects) as found:
        return [[repr(cell) for cell in row] for row in found.rows]


@pytest.mark.parametrize("question", [question for question in QUESTIONS if "PREWHERE" not in question])
def test_answers_are_as_if_no_other_project_existed(question: str, both: Store, alone: Store) -> None:
    """Restricted to one project, each question has the answer of a database that holds nothing else."""
    assert told(both, question, {OURS}) == told(alone, question)


@pytest.mark.parametrize("table", READABLE)
def test_every_table_shows_one_project(table: str, both: Store) -> None:
    """Each table has rows of both, and shows those of the one that may be seen, whichever it is."""
    projects = f"SELECT DISTINCT Project FROM {table} ORDER BY Project"
    assert told(both, projects) == [[repr(THEIRS)], [repr(OURS)]]
    assert told(both, projects, {OURS}) == [[repr(OURS)]]
    assert told(both, projects, {THEIRS}) == [[repr(THEIRS)]]
    assert told(both, projects, {OURS, THEIRS, "no such"}) == told(both, projects)
    assert told(both, projects, {"no such", "') OR 1 --", "\\"}) == []
    rows = f"SELECT * FROM {table}"
    assert SECRET in str(told(both, rows))
    assert SECRET not in str(told(both, rows, {OURS}))
    assert "count" in checked(f"SELECT count() FROM {table}")
    counted = f"SELECT count() FROM {table}"
    one, other, all_of_them = (int(told(both, counted, who)[0][0]) for who in ({OURS}, {THEIRS}, None))
    assert one + other == all_of_them > one > 0


@pytest.mark.parametrize("question", SHADOWS)
def test_no_name_or_shape_leads_to_another_project(question: str, both: Store, alone: Store) -> None:
    """Aliases called Project, joins from either side and sets do not show rows of another project."""
    assert SECRET not in str(told(both, question, {OURS}))
    assert sorted(told(both, question, {OURS})) == sorted(told(alone, question))


@pytest.mark.parametrize("question", FAILING_QUESTIONS)
def test_conditions_are_not_tried_on_other_projects(question: str, both: Store, alone: Store) -> None:
    """What fails on rows of another project succeeds, since it never sees them: an error would tell what they hold."""
    assert told(both, question, {OURS}) == told(alone, question)
    with pytest.raises(SpanmillError):
        told(both, question)


def test_errors_show_no_value(both: Store) -> None:
    """An error of computing names its code and a remedy, not the value; one of naming is shown as it is."""
    with pytest.raises(StatementRefused) as refused:
        told(both, "SELECT toUInt8(UserId) FROM otel_traces", {THEIRS})
    assert SECRET not in str(refused.value)
    assert "(code 6)" in str(refused.value)
    assert refused.value.__cause__ is None
    with pytest.raises(SpanmillError, match="Nope"):
        told(both, "SELECT Nope FROM traces", {OURS})


def test_no_projects_are_no_answer(both: Store) -> None:
    """An empty list of projects is refused, not taken for all of them."""
    with pytest.raises(StatementRefused, match="No project may be read"):
        told(both, "SELECT 1", set())


def test_the_filter_reaches_the_sorting_key(both: Store, ask: Ask) -> None:
    """A trace is found by project and id in the index of the parts behind the view, restricted or not."""
    sql = checked("EXPLAIN indexes = 1 SELECT * FROM traces WHERE TraceId = 'trace1'")
    plan = ask(sql, database=both.database, **restriction(both.database, [OURS])).text
    [key] = re.findall(r"PrimaryKey\n(?:.*\n)*?\s*Condition: (.*)", plan)
    assert "Project in 1-element set" in key
    assert "TraceId in ['trace1', 'trace1']" in key.replace("\\'", "'")


def test_every_table_with_a_project_is_restricted(both: Store) -> None:
    """Whatever has a column Project is on one of the two lists, so that no view reads past the restriction."""
    rows = both.select(
        "SELECT table FROM system.columns WHERE database = currentDatabase() AND name = 'Project' AND table NOT IN ("
        "  SELECT name FROM system.tables WHERE database = currentDatabase()"
        "  AND engine IN ('MaterializedView', 'Null'))"
    )
    unreadable = {"api_keys", "retention", "removals", "forgetting", "forgotten", "sql_runs"}
    assert {row["table"] for row in rows} - unreadable == {*READABLE, *BEHIND_VIEWS}
