"""The commands `spanmill store retention` and `spanmill store forget`."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from spanmill.cli import main
from spanmill_store.client import Store
from support.people import People, everything, traces_left

pytestmark = pytest.mark.clickhouse

ANNA = "anna@example.com"


class Program:
    """``spanmill store``, on one database."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __call__(self, *arguments: str, answer: str = "") -> Result:
        """Run it with *arguments* and *answer* what it asks."""
        return CliRunner().invoke(main, ["store", *arguments, "--clickhouse-url", self._url], input=answer)


@pytest.fixture
def program(store: Store, database_url: str) -> Program:
    """The command."""
    assert store.database
    return Program(database_url)


def test_settings_are_set_listed_and_removed(program: Program) -> None:
    """For people and for programs."""
    assert program("retention", "list").stdout == "Everything is kept for ever.\n"
    assert "all projects without a setting: kept for 30 days" in program("retention", "set", "traces", "30").stdout
    program("retention", "set", "--project", "shop", "traces", "forever")
    assert json.loads(program("retention", "list", "--json").stdout) == [
        {"project": None, "kind": "traces", "days": 30},
        {"project": "shop", "kind": "traces", "days": None},
    ]
    assert "(all others)" in program("retention", "list").stdout
    program("retention", "unset", "traces")
    again = program("retention", "unset", "traces")
    assert (again.exit_code, "Nothing is set" in again.output) == (1, True)


@pytest.mark.parametrize("days", ["0", "-1", "ten", "36501", "1.5"])
def test_other_days_are_refused(program: Program, days: str) -> None:
    """As a mistake of usage, with what is possible."""
    refused = program("retention", "set", "traces", "--", days)
    assert (refused.exit_code, "from 1 to 36500" in refused.output) == (2, True)


def test_settings_are_applied(program: Program, store: Store) -> None:
    """On demand, after a look at what would go."""
    People(store).trace(project="shop", day=datetime.now(UTC).date() - timedelta(days=40))
    program("retention", "set", "traces", "30")
    would = json.loads(program("retention", "apply", "--dry-run", "--json").stdout)
    assert [(one["table"], one["rows"], one["projects"]) for one in would] == [
        ("otel_traces", 1, ["shop"]),
        ("trace_parts", 1, ["shop"]),
    ]
    assert len(traces_left(store)) == 1
    assert "2 rows are gone." in program("retention", "apply").stdout
    assert traces_left(store) == set()


def test_forgetting_asks_first(program: Program, store: Store) -> None:
    """What is shown before is what goes; without a yes nothing does."""
    people = People(store)
    people.trace(ANNA)
    before = everything(store)
    refused = program("forget", "--user", ANNA, answer="n\n")
    assert "1 trace and 0 whole sessions in default" in refused.stderr
    assert {**everything(store), "forgotten": []} == {**before, "forgotten": []}
    done = program("forget", "--user", ANNA, answer="y\n")
    assert (done.exit_code, traces_left(store)) == (0, set())
    assert "found afterwards" in done.stdout
    assert "Not covered: backups" in done.stderr


def test_forgetting_for_programs(program: Program, store: Store) -> None:
    """Nobody is asked, so it must be said."""
    People(store).trace(ANNA)
    assert program("forget", "--user", ANNA, "--json").exit_code == 2
    would = json.loads(program("forget", "--user", ANNA, "--json", "--dry-run").stdout)
    assert {"table": "otel_traces", "rows": 1} in would
    assert len(traces_left(store)) == 1
    proof = json.loads(program("forget", "--user", ANNA, "--json", "--yes").stdout)
    assert {"table": "otel_traces", "removed": 1, "found": 0, "traces": []} in proof


def test_what_is_left_makes_it_fail(program: Program, store: Store) -> None:
    """Exit code 1, and where to look."""
    other = People(store).trace(attributes={"question": f"who is {ANNA}?"})
    left = program("forget", "--user", ANNA, "--yes")
    assert left.exit_code == 1
    assert f"otel_traces still names it in 1 row, in the traces {other}" in left.stderr


def test_dead_letters_are_named(program: Program, tmp_path: Path) -> None:
    """With what to do about them."""
    letter = tmp_path / "dead-letter" / "traces" / "x.request"
    letter.parent.mkdir(parents=True)
    letter.write_text(f"…{ANNA}…")
    done = program("forget", "--user", ANNA, "--yes", "--data-dir", str(tmp_path))
    assert f"{letter} holds the id: it is a request that ClickHouse refused" in done.stderr


@pytest.mark.parametrize("arguments", [[], ["--user", "a", "--session", "b"]])
def test_one_of_three_is_named(program: Program, arguments: list[str]) -> None:
    """What several mean together is not clear, and it is about deleting."""
    assert program("forget", *arguments).exit_code == 2


def test_an_empty_user_is_refused(program: Program) -> None:
    """In a sentence."""
    refused = program("forget", "--user", "", "--yes")
    assert (refused.exit_code, "The user is empty" in refused.output) == (1, True)
