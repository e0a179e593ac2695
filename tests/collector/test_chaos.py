"""The collector, its ClickHouse, and both are killed at random: the promise holds, row by row, and so do the books."""

import json
import random
from pathlib import Path

import pytest

from spanmill_store.client import Store
from spanmill_store.migrations import migrate
from support.chaos import kill_at_random, site
from support.oracle import KEPT, Oracle
from support.processes import wait_until

pytestmark = pytest.mark.clickhouse


def test_what_was_acknowledged_is_stored_once_whoever_is_killed(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """``--kills`` says how many; the benchmark runs many, and reports what it saw in ``--kills-report``."""
    kills: int = request.config.getoption("--kills")
    report: str | None = request.config.getoption("--kills-report")
    seed = random.randrange(10**6)
    with site(tmp_path, "chaos") as place:
        with Store.connect(place.url) as store:
            migrate(store)
        place.victims["collector"].start()
        with Oracle(f"127.0.0.1:{place.grpc_port}") as oracle:
            done = kill_at_random(place, oracle, kills, random.Random(seed))
            oracle.wait_for_acknowledgements()
        wait_until(lambda: not place.segments(), "an empty log", 60)
        place.victims["collector"].stop()
        with Store.connect(place.url) as store:
            verdict = oracle.verdict_on(store)
            [books] = store.select("SELECT sum(Received) AS received, sum(Unaccounted) AS open FROM ingest_accounts")
            [traces] = store.select("SELECT count() AS n, max(SpanCount) AS most FROM traces")
            [stored] = store.select("SELECT count() AS n FROM otel_traces")
    if report:
        outcome = {"requests": oracle.requests, "kills": done.kills, "segments_replayed": done.left}
        Path(report).write_text(json.dumps({**outcome, **verdict._asdict(), "unaccounted": books["open"]}))
    assert verdict == KEPT, f"with the seed {seed}"
    assert done.left > 0, "no kill left a segment behind, so nothing was replayed"
    assert (books["received"], books["open"]) == (stored["n"], 0)
    assert (traces["n"], traces["most"]) == (stored["n"], 1)
