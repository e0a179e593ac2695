"""``spanmill sql`` and ``spanmill migrate``."""

import csv
import io
import json
import subprocess
import sys

import pytest
from click.testing import CliRunner, Result

from spanmill.cli import main
from spanmill_store.client import Store
from spanmill_store.guard.tables import READABLE
from spanmill_store.migrations import known
from support.processes import clean_environment, free_port

pytestmark = pytest.mark.clickhouse

MANY_ROWS = "SELECT n FROM (SELECT toUInt32(0) AS n ORDER BY n WITH FILL TO 1000000)"
"""A million numbers, which are made while they are sent."""


def spanmill(*arguments: str, given: str | None = None) -> Result:
    """Run ``spanmill ARGUMENTS``."""
    return CliRunner().invoke(main, arguments, input=given)


@pytest.fixture
def url(store: Store, database_url: str) -> str:
    """URL of a migrated database."""
    assert store.database in database_url
    return database_url


class TestSql:
    """Asking in SQL."""

    def test_a_table_for_people(self, url: str) -> None:
        """Columns are headed, NULL is a dash, and control characters do not reach the terminal."""
        result = spanmill("sql", "SELECT 1 AS one, NULL AS nothing, 'a\x1bb' AS text", "--clickhouse-url", url)
        assert [line.split() for line in result.stdout.splitlines()] == [
            ["one", "nothing", "text"],
            ["1", "-", "a", "b"],
        ]

    def test_json_and_csv_for_programs(self, url: str) -> None:
        """JSON is one array of objects, CSV has a header; both keep every character."""
        statement = "SELECT arrayJoin([0, 1]) AS n, 'a,\"b\"\n' AS text, [1, 2] AS list"
        as_json = spanmill("sql", statement, "--json", "--clickhouse-url", url).stdout
        as_csv = spanmill("sql", statement, "--csv", "--clickhouse-url", url).stdout
        assert json.loads(as_json) == [{"n": n, "text": 'a,"b"\n', "list": [1, 2]} for n in range(2)]
        assert list(csv.reader(io.StringIO(as_csv)))[1] == ["0", 'a,"b"\n', "[1, 2]"]

    def test_a_statement_from_standard_input(self, url: str) -> None:
        """A dash reads the statement from standard input."""
        assert json.loads(spanmill("sql", "-", "--json", "--clickhouse-url", url, given="SELECT 2 AS n").stdout) == [
            {"n": 2}
        ]

    def test_a_large_result_is_cut_in_a_table_only(self, url: str) -> None:
        """A table shows the first thousand rows and says so; CSV has them all."""
        statement = "SELECT arrayJoin(range(5000))"
        table = spanmill("sql", statement, "--clickhouse-url", url)
        assert len(table.stdout.splitlines()) == 1001
        assert "Only the first 1000 rows are shown" in table.stderr
        assert len(spanmill("sql", statement, "--csv", "--clickhouse-url", url).stdout.splitlines()) == 5001

    def test_an_error_half_way_is_one_sentence(self, url: str) -> None:
        """A query that fails after its first rows ends with exit code 1 and ClickHouse's reason."""
        result = spanmill(
            "sql", MANY_ROWS.replace("n FROM", "intDiv(n, n != 900000) FROM"), "--csv", "--clickhouse-url", url
        )
        assert result.exit_code == 1
        assert "Division by zero" in result.stderr
        assert len(result.stderr.splitlines()) == 1

    @pytest.mark.parametrize("output", ["--csv", "--json"])
    def test_a_reader_that_has_seen_enough_is_no_error(self, output: str, url: str) -> None:
        """When `head` closes the pipe, the command ends without a word."""
        command = [sys.executable, "-m", "spanmill", "sql", output, MANY_ROWS]
        with subprocess.Popen(
            [*command, "--clickhouse-url", url], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment()
        ) as process:
            assert process.stdout
            assert process.stderr
            assert process.stdout.readline()
            process.stdout.close()
            assert process.stderr.read() == b""

    @pytest.mark.parametrize(
        "statement",
        [
            "INSERT INTO datasets (Name) VALUES ('x')",
            "DROP TABLE scores",
            "TRUNCATE TABLE scores",
            "ALTER TABLE scores DELETE WHERE 1",
            "CREATE TABLE x (a Int8) ENGINE = Memory",
            "SELECT * FROM file('/etc/passwd', 'LineAsString', 'line String')",
            "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString', 'line String')",
            "SELECT 1 INTO OUTFILE '/tmp/x'",
            "SET max_threads = 1",
            "SELECT 1 SETTINGS readonly = 0",
            "SELECT 1; SELECT 2",
        ],
    )
    def test_only_reading_is_allowed(self, statement: str, url: str) -> None:
        """Whatever writes, reads files or other servers, or changes settings is refused in one sentence."""
        result = spanmill("sql", statement, "--clickhouse-url", url)
        assert result.exit_code == 1
        assert result.stdout == ""
        assert result.stderr.startswith("Error: ")
        assert "ClickHouse refused" not in result.stderr
        assert len(result.stderr.splitlines()) == 1

    @pytest.mark.usefixtures("store")
    def test_only_some_projects(self, url: str, store: Store) -> None:
        """Each --project adds one whose rows are seen; without it all are."""
        store.insert("datasets", ("Project", "Name"), [("a", "x"), ("b", "y"), ("it's", "z")])
        names = "SELECT Name FROM datasets ORDER BY Name"

        def seen(*options: str) -> list[str]:
            answer = spanmill("sql", "--json", names, *options, "--clickhouse-url", url)
            return [row["Name"] for row in json.loads(answer.stdout)]

        assert seen() == ["x", "y", "z"]
        assert seen("--project", "it's") == ["z"]
        assert seen("--project", "a", "--project", "b") == ["x", "y"]
        assert seen("--project", "c") == []

    def test_limits_are_options(self, url: str) -> None:
        """The time and the rows may be chosen, within bounds, and what exceeds them is one sentence."""
        slow = "SELECT count() FROM (SELECT 1 AS n ORDER BY n WITH FILL TO 1000000000000)"
        result = spanmill("sql", slow, "--timeout-s", "0.1", "--clickhouse-url", url)
        assert (result.exit_code, result.stderr[:47]) == (1, "Error: The statement took longer than 0.1 s and")
        result = spanmill("sql", "SELECT arrayJoin([1, 2, 3])", "--max-rows", "2", "--clickhouse-url", url)
        assert (result.exit_code, result.stderr[:39]) == (1, "Error: The result is larger than 2 rows")
        assert spanmill("sql", "SELECT 1", "--timeout-s", "0").exit_code == 2

    def test_help_names_the_tables(self) -> None:
        """What may be read stands in the help, from the one list."""
        text = " ".join(spanmill("sql", "--help").stdout.split())
        assert ", ".join(READABLE) in text

    def test_a_mistake_is_one_sentence(self, url: str) -> None:
        """An unknown column is named, without a traceback."""
        result = spanmill("sql", "SELECT Nope FROM traces", "--clickhouse-url", url)
        assert result.exit_code == 1
        assert "Nope" in result.stderr
        assert "Traceback" not in result.stderr

    def test_nothing_to_ask_is_a_usage_error(self) -> None:
        """An empty statement ends with exit code 2."""
        assert spanmill("sql", " ").exit_code == 2

    def test_no_server_is_one_sentence(self) -> None:
        """The sentence names the address and the setting."""
        port = free_port()
        result = spanmill("sql", "SELECT 1", "--clickhouse-url", f"http://127.0.0.1:{port}")
        assert result.exit_code == 1
        assert result.stderr == (
            f"Error: No ClickHouse answers at http://127.0.0.1:{port}: start it, or correct SPANMILL_CLICKHOUSE_URL.\n"
        )


class TestMigrate:
    """Bringing the schema up to date."""

    def test_what_is_applied_is_named_and_remembered(self, database_url: str) -> None:
        """A dry run changes nothing, the first run applies all, the next none."""
        names = [str(one) for one in known()]
        dry = spanmill("migrate", "--dry-run", "--clickhouse-url", database_url).stdout.splitlines()
        first = spanmill("migrate", "--clickhouse-url", database_url).stdout.splitlines()
        second = spanmill("migrate", "--clickhouse-url", database_url).stdout
        assert dry == [f"would apply {name}" for name in names]
        assert first == [f"applied {name}" for name in names]
        assert second.endswith("is up to date.\n")
        assert spanmill("migrate", "--json", "--clickhouse-url", database_url).stdout == "[]\n"
