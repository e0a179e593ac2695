"""Rules in SQL come to the same inside ClickHouse and by their targets' ids, whatever the data."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from spanmill_scoring.scoring import Bench, load_scorer, score
from spanmill_store import ledger, scores
from spanmill_store.client import Store
from support.scoring import ScoringSide
from support.traces import TraceWriter

pytestmark = [pytest.mark.clickhouse, pytest.mark.redis]

Start = Callable[..., ScoringSide]

SAID = "splitByChar('|', JSONExtractString(OUT, 1, 'parts', 1, 'content'))"
RULE = """
rules:
  - name: r
    scope: SCOPE
    sql:
      value: multiIf(SAID[1] = 'big', 1e308, SAID[1] = 'none', NULL, toFloat64OrNull(SAID[1]))
      label: repeat(SAID[4], toUInt32OrZero(SAID[2]))
      reason: if(SAID[3] = 'null', NULL, repeat('ü', toUInt32OrZero(SAID[3])))
    flag: {below: 0, above: 5, labels: [é]}
    dataset: bad
"""
SELECT = """
rules:
  - name: r
    scope: SCOPE
    sql:
      select: |
        SELECT TraceId, SpanId, toFloat64OrNull(splitByChar('|', StatusMessage)[1]) AS value,
            if(value > 3, NULL, ServiceName) AS label
        FROM otel_traces WHERE SpanType IN ('tool', 'agent')
    flag: {above: 1}
    dataset: bad
"""
SIMPLE = "rules:\n- {name: r, sql: 'if(ErrorCount > 0, 0, 1)', flag: {below: 1}, dataset: bad}"
KEPT = {
    "scores": "* EXCEPT (Time)",
    "flags": "* EXCEPT (Time)",
    "dataset_rows": "* EXCEPT (Time)",
    "score_ledger": "* EXCEPT (Time, Version)",
}
VALUES = st.sampled_from(["nan", "inf", "-inf", "0", "-0", "1", "0.1", "7", "-3.5", "big", "none", "", "no number"])
ANSWERS = st.tuples(
    VALUES, st.sampled_from(["0", "1", "200", "201", "5000"]), st.sampled_from(["0", "null", "4000", "4001"]),
    st.sampled_from(["é", "x", "'", "\\", "\U0001f600"]),
).map("|".join)  # fmt: skip


@pytest.fixture
def start(store: Store, valkey: Redis, write_rules: Callable[[str], Path]) -> Start:
    """Start the scoring side on the text of a rules file."""
    return lambda text: ScoringSide(store, valkey, write_rules(text))


def by_ids(side: ScoringSide) -> None:
    """Score what waits the other way: by the targets' ids."""
    loaded = side.rule("r")
    for ids in ledger.waiting(side.store, [(loaded.name, loaded.version)], 1000).values():
        score(Bench(side.store, load_scorer), loaded, ids)


def inside(side: ScoringSide) -> None:
    """Score what waits inside ClickHouse."""
    score(Bench(side.store, load_scorer), side.rule("r"), [])


def left(store: Store) -> int:
    """Rows of runs that were not dropped."""
    return int(store.select("SELECT count() AS n FROM sql_runs")[0]["n"])


def written(store: Store) -> dict[str, list[str]]:
    """All that was written down, but for times."""
    return {
        table: sorted(str(row) for row in store.select(f"SELECT {columns} FROM {table} FINAL"))
        for table, columns in KEPT.items()
    }


def forget_scores(store: Store) -> None:
    """As if nothing had been planned or scored yet."""
    for table in (*KEPT, "datasets", "planner_cursors"):
        store.execute(f"TRUNCATE TABLE {table}")


def both_ways(side: ScoringSide, *, more: Callable[[], object] | None = None) -> list[dict[str, list[str]]]:
    """What is written either way, first of all, then of what *more* brings late."""
    found = []
    for way in (by_ids, inside):
        forget_scores(side.store)
        side.store.execute("TRUNCATE TABLE completions")
        side.planner = side.new_planner()
        side.planner.tick()
        way(side)
        found.append(written(side.store))
        assert found[-1]["score_ledger"]
    assert left(side.store) == 0
    if more is not None:
        more()
        side.wait(100)
        found += both_ways(side)
    return found


class TestEquality:
    """The two ways write down the same."""

    @settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(answers=st.lists(ANSWERS, min_size=30, max_size=60))
    @pytest.mark.parametrize("scope", ["trace", "span"])
    def test_whatever_the_rule_says(self, start: Start, traces: TraceWriter, scope: str, answers: list[str]) -> None:
        """NaN, infinities, NULL, nothing, labels and reasons of any length, quotes: scores, flags, rows and reasons."""
        side = start(RULE.replace("SAID", SAID).replace("OUT", "Output").replace("SCOPE", scope))
        for table in ("otel_traces", "trace_parts", "completions"):
            side.store.execute(f"TRUNCATE TABLE {table}")
        traces.answers(answers)
        first, second = both_ways(side)
        assert first == second

    @pytest.mark.parametrize("scope", ["trace", "span"])
    @pytest.mark.parametrize(
        "text", [RULE.replace("SAID", SAID).replace("OUT", "Output"), SELECT], ids=["sql", "select"]
    )
    def test_several_projects_duplicates_and_late_spans(
        self, start: Start, traces: TraceWriter, scope: str, text: str
    ) -> None:
        """One trace id in two projects, spans that are stored twice, and a failure that comes late."""
        side = start(text.replace("SCOPE", scope))
        ids = [
            traces.turn(answer=answer, tool_error=True) for answer in ("1|1|0|é", "7|0|0|é", "nan|0|0|x", "none|0|0|x")
        ]
        side.store.execute("INSERT INTO otel_traces SELECT * REPLACE ('other' AS Project) FROM otel_traces")
        side.store.execute("INSERT INTO otel_traces SELECT * FROM otel_traces WHERE Project = 'default'")

        def late() -> None:
            for target in ids:
                traces.spans(target.trace_id, [("late", "root", {"gen_ai.operation.name": "execute_tool"}, "Error")])

        results = both_ways(side, more=late)
        assert results[0] == results[1]
        assert results[2] == results[3]

    def test_types_that_runs_cannot_check_go_by_ids(self, start: Start, traces: TraceWriter) -> None:
        """A SELECT that returns decimals and enumerations is scored all the same."""
        columns = "toDecimal64(0.25, 2) AS value, CAST('a' AS Enum('a')) AS label"
        side = start(f'rules:\n- {{name: r, sql: {{select: "SELECT TraceId, {columns} FROM traces"}}}}')
        traces.turn()
        assert side.turn() == {"scored": 1}
        [found] = scores.newest(side.store)
        assert (found.value, found.label) == (0.25, "a")


def test_score_ids_are_those_of_python(start: Start, traces: TraceWriter) -> None:
    """So a score that is computed the other way takes the place of the first."""
    side = start(SIMPLE)
    target = traces.turn()
    side.turn()
    [found] = scores.newest(side.store)
    loaded = side.rule("r")
    assert found.score_id == scores.score_id(target, loaded.name, loaded.version, "r")
