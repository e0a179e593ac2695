"""200 planted secrets go through every route by which anything leaves an application, and none of them arrives."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spanmill_store.client import Store
from support import leaking_app, leaks
from support.collectors import CollectorProcess, collector_process
from support.judge_endpoint import answer, judge_endpoint
from support.planted import Secret, dealt, secrets
from support.processes import clean_environment, free_port, wait_until

PLANTED = secrets()
NEEDLES = [secret.needle for secret in PLANTED]
PERSONAL = {"email", "phone", "iban"}
"""What is hidden only where it is asked for."""

ROUTES = [*(route for route in leaking_app.ROUTES if route != "opaque"), leaking_app.RESOURCE]
"""Each carries some secrets of every kind; `opaque` those that only the key of their attribute gives away."""


def planted() -> dict[str, list[Secret]]:
    """Route → what it carries."""
    found = [secret for secret in PLANTED if secret.kind != "opaque"]
    hands = dict(zip(ROUTES, dealt(found, len(ROUTES)), strict=True))
    return hands | {"opaque": [secret for secret in PLANTED if secret.kind == "opaque"]}


def echo(request: dict[str, Any]) -> tuple[int, Any]:
    """Answer with what was asked, or refuse with it."""
    said = request["messages"][-1]["content"]
    return (400, {"error": {"message": said}}) if said.startswith("Fail") else (200, answer(said))


@pytest.fixture
def collector(tmp_path: Path, database_url: str) -> Iterator[CollectorProcess]:
    """A collector; tests ask for `store` as well, so that its database is migrated."""
    with collector_process(tmp_path, database_url) as running:
        yield running


@pytest.fixture
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The application's folder, apart from the collector's."""
    return tmp_path_factory.mktemp("app")


def let_slip(collector: CollectorProcess, folder: Path, mask: str) -> tuple[int, int]:
    """Run the application to its end, with SPANMILL_MASK=*mask*; how many spans and log records it has sent."""
    texts, own = folder / "texts.json", folder / "own" / "spans"
    own.parent.mkdir()
    texts.write_text(json.dumps({route: [secret.text for secret in carried] for route, carried in planted().items()}))
    variables = {"SPANMILL_ENDPOINT": f"http://{collector.grpc_target}", "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "*"}
    with judge_endpoint() as endpoint:
        endpoint.respond = echo
        done = subprocess.run(
            [sys.executable, leaking_app.__file__, str(texts), endpoint.url, str(own)],
            check=False,
            capture_output=True,
            text=True,
            env=clean_environment(SPANMILL_MASK=mask, **variables),
            timeout=90,
        )
    assert (done.returncode, done.stderr) == (0, "")
    spans, records = json.loads(done.stdout)
    return spans, records


def let_arrive(store: Store, spans: int, records: int) -> None:
    """Wait until everything is in the database."""
    wait_until(lambda: _count(store, "otel_traces") >= spans, "the spans")
    wait_until(lambda: _count(store, "otel_logs") >= records, "the feedback")


def _count(store: Store, table: str) -> int:
    return int(store.select(f"SELECT count() AS n FROM {table}")[0]["n"])


def test_there_are_200_of_all_kinds() -> None:
    """And each route has some of most kinds."""
    assert len(set(NEEDLES)) == 200
    kinds = {secret.kind for secret in PLANTED}
    assert len(kinds) == 9
    for route, carried in planted().items():
        assert len({secret.kind for secret in carried}) >= (1 if route == "opaque" else 6), route


@pytest.mark.clickhouse
class TestTables:
    """Every column of every table."""

    def test_none_is_found(self, store: Store, collector: CollectorProcess, outside: Path) -> None:
        """But their markers are, and the application's own exporter has them all."""
        let_arrive(store, *let_slip(collector, outside, "all"))
        found = leaks.in_tables(store, [*NEEDLES, "hidden by spanmill"])
        assert len(found.pop("hidden by spanmill")) >= 10
        assert found == {}
        assert leaks.in_files(collector.data_dir.parent, NEEDLES) == {}
        in_spans = {secret.needle for route, carried in planted().items() if route != "feedback" for secret in carried}
        assert in_spans - leaks.in_files(outside / "own", NEEDLES).keys() == set()

    def test_all_are_found_without_masking(self, store: Store, collector: CollectorProcess, outside: Path) -> None:
        """So the test above can fail."""
        let_arrive(store, *let_slip(collector, outside, "none"))
        found = leaks.in_tables(store, NEEDLES)
        assert [secret for secret in PLANTED if secret.needle not in found] == []
        assert len(leaks.columns(store)) >= 10


@pytest.mark.parametrize(
    ("mask", "kinds"), [("all", set()), ("", PERSONAL), ("none", {secret.kind for secret in PLANTED})]
)
def test_files_of_the_collector(tmp_path: Path, outside: Path, mask: str, kinds: set[str]) -> None:
    """With ClickHouse away its log on disk keeps what was sent: no secret by default, all of them without masking."""
    with collector_process(tmp_path, f"http://127.0.0.1:{free_port()}/away") as waiting:
        let_slip(waiting, outside, mask)
        found = leaks.in_files(tmp_path, NEEDLES)
    assert {secret.kind for secret in PLANTED if secret.needle in found} == kinds
    assert mask != "none" or len(found) == 200
