"""Workers, planner, Redis and ClickHouse are killed at random: every target has one final state and one score."""

import json
import random
import time
from pathlib import Path
from typing import Any

import pytest

from spanmill_store.client import Store
from spanmill_store.errors import StoreError
from support.processes import wait_until
from support.scoring_chaos import SPANS, kill_at_random, mill

pytestmark = [pytest.mark.clickhouse, pytest.mark.redis]

TRACE_RULES = ("errors", "length", "even", "refusals", "judged")


@pytest.mark.timeout(3600)
def test_whoever_is_killed_every_target_is_scored_once(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """``--scoring-kills`` and ``--scoring-traces`` say how many; the benchmark does more, and reads the report."""
    kills: int = request.config.getoption("--scoring-kills")
    traces: int = request.config.getoption("--scoring-traces")
    report: str | None = request.config.getoption("--scoring-report")
    given: int | None = request.config.getoption("--scoring-seed")
    seed = random.randrange(10**6) if given is None else given
    with mill(tmp_path) as running, Store.connect(running.url) as store:
        kill_at_random(running, traces, kills, random.Random(seed))
        began_s = time.monotonic()
        try:
            wait_until(lambda: _open(store, traces) == 0, f"a final state of every target, with the seed {seed}", 600)
        except TimeoutError as error:
            error.add_note(f"What is known: {_states(store)}. What was killed: {running.killed}")
            raise
        recovered_s = time.monotonic() - began_s
        outcome = {"traces": traces, "kills": dict(running.kills), "recovered_s": recovered_s, **_faults(store)}
    if report:
        Path(report).write_text(json.dumps(outcome))
    assert {name: outcome[name] for name in _NO_FAULTS} == _NO_FAULTS, f"with the seed {seed}"


_NO_FAULTS = dict.fromkeys(
    (
        "states_missing",
        "failures",
        "scores_doubled",
        "scores_missing",
        "scores_spurious",
        "flags_missing",
        "dataset_rows_missing",
    ),
    0,
)


def _open(store: Store, traces: int) -> int:
    """Targets without a final state."""
    wanted = traces * (len(TRACE_RULES) + SPANS)
    try:
        [row] = store.select("SELECT countIf(State != 'waiting') AS n FROM score_ledger FINAL")
    except StoreError:
        return wanted
    time.sleep(0.5)
    return wanted - int(row["n"])


def _states(store: Store) -> dict[str, int]:
    """How many targets of each rule are in each state."""
    rows = store.select("SELECT concat(Rule, ' ', State) AS name, count() AS n FROM score_ledger FINAL GROUP BY name")
    return {row["name"]: int(row["n"]) for row in rows}


def _faults(store: Store) -> dict[str, Any]:
    """What is not as it must be, counted."""
    [ledger] = store.select(
        "SELECT countIf(State = 'waiting') AS waiting, countIf(State = 'scored') AS scored,"
        " countIf(State NOT IN ('scored', 'sampled_out', 'filtered', 'waiting')) AS failures FROM score_ledger FINAL"
    )
    [scores] = store.select(
        "SELECT count() AS n, uniqExact(Rule, TraceId, SpanId) AS targets FROM scores FINAL WHERE Rule != ''"
    )
    pairs = "(Rule, RuleVersion, TraceId, SpanId)"
    scored = f"SELECT {pairs} FROM score_ledger FINAL WHERE State = 'scored'"
    [missing] = store.select(
        "SELECT count() AS n FROM score_ledger FINAL WHERE State = 'scored'"
        f" AND {pairs} NOT IN (SELECT {pairs} FROM scores FINAL)"
    )
    [spurious] = store.select(f"SELECT count() AS n FROM scores FINAL WHERE Rule != '' AND {pairs} NOT IN ({scored})")
    bad = (
        "(Rule = 'errors' AND Value > 0) OR (Rule = 'length' AND Value < 12) OR (Rule = 'even' AND Label = 'odd')"
        " OR (Rule = 'judged' AND Label = 'bad')"
    )
    [flags] = store.select(
        f"SELECT (SELECT count() FROM scores FINAL WHERE {bad}) - (SELECT count() FROM flags FINAL) AS n,"
        " (SELECT count() FROM flags FINAL WHERE Dataset != '') - (SELECT count() FROM dataset_rows FINAL) AS rows"
    )
    return {
        "states_missing": ledger["waiting"],
        "failures": ledger["failures"],
        "scores_doubled": scores["n"] - scores["targets"],
        "scores_missing": missing["n"],
        "scores_spurious": spurious["n"],
        "flags_missing": flags["n"],
        "dataset_rows_missing": flags["rows"],
        "scores": scores["n"],
    }
