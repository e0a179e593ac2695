"""The reader of the ClickHouse server may read what `spanmill sql` may, with its limits, and nothing else."""

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from spanmill_store.client import Store
from spanmill_store.guard.limits import MAX_TIMEOUT_S, Limits
from spanmill_store.guard.projects import restriction
from spanmill_store.guard.tables import BEHIND_VIEWS, READABLE
from spanmill_store.migrations import migrate
from support import reader_session
from support.processes import clean_environment
from support.servers import clickhouse_server
from support.source_tree import ROOT

READER = ROOT / "deploy/clickhouse/reader.xml"
FILE = ET.parse(READER).getroot()
PROFILE = next(iter(FILE.find("profiles") or ()))
USER = next(iter(FILE.find("users") or ()))
CONSTRAINTS = {constraint.tag: constraint for constraint in PROFILE.find("constraints") or ()}

DENIED = [
    "SELECT * FROM spanmill.api_keys",
    "SELECT * FROM spanmill.schema_migrations",
    "SELECT * FROM spanmill.otlp_traces",
    "SELECT * FROM system.users",
    "SELECT * FROM system.query_log",
    "INSERT INTO spanmill.datasets (Name) VALUES ('x')",
    "DROP TABLE spanmill.scores",
    "ALTER TABLE spanmill.scores DELETE WHERE 1",
    "CREATE TABLE spanmill.x (a Int8) ENGINE = Memory",
    "CREATE TEMPORARY TABLE x (a Int8)",
    "CREATE USER x",
    "GRANT ALL ON *.* TO default",
    "SYSTEM FLUSH LOGS",
    "SET readonly = 0",
    "SET max_memory_usage = 0",
    "SELECT 1 SETTINGS max_execution_time = 0",
    "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString', 'line String')",
    "SELECT * FROM file('/etc/passwd', 'LineAsString', 'line String')",
    "SELECT * FROM s3('http://127.0.0.1:1/x', 'CSV', 'a String')",
    "SELECT * FROM remote('127.0.0.1:1', system.one)",
    "SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
    "SELECT * FROM executable('x.sh', 'TSV', 'a String')",
    "SELECT * FROM merge('spanmill', 'api_keys')",
    "SELECT dictGet('d', 'a', 1)",
]


def test_grants_are_the_readable_tables() -> None:
    """The grants name each readable table and what is behind the views, once, and nothing else."""
    queries = [query.text for query in USER.iter("query")]
    tables = [f"GRANT SELECT ON spanmill.{name}" for name in (*READABLE, *BEHIND_VIEWS)]
    assert queries == [*tables, "GRANT dictGet ON spanmill.message"]


def test_the_profile_has_the_limits_of_the_guard() -> None:
    """The server's limits are those that travel with a question, so sending them changes nothing."""
    given = {setting.tag: setting.text for setting in PROFILE if setting.tag != "constraints"}
    assert given.pop("max_concurrent_queries_for_user")
    assert given == {name: str(value) for name, value in Limits().settings().items()}


def test_what_a_question_may_choose_is_bounded() -> None:
    """What a caller may choose, and what restricts to projects, may be changed; each number within bounds, 0 not."""
    chosen = Limits(1, 2, 3, 4, 5, 6).settings()
    free = {name for name, value in Limits().settings().items() if chosen[name] != value}
    assert set(CONSTRAINTS) == free | restriction("spanmill", ["a"]).keys()
    assert all(constraint.find("changeable_in_readonly") is not None for constraint in CONSTRAINTS.values())
    assert all(float(CONSTRAINTS[name].findtext("min", "0")) > 0 for name in free)
    assert CONSTRAINTS["max_execution_time"].findtext("max") == str(MAX_TIMEOUT_S)


def test_the_reader_has_a_password_and_a_quota() -> None:
    """Nobody asks without a password, or without end."""
    password = USER.find("password")
    assert password is not None
    assert (password.get("from_env"), password.text) == ("CLICKHOUSE_READER_PASSWORD", None)
    assert USER.findtext("profile") == USER.findtext("quota") == USER.tag
    assert [quota.tag for quota in FILE.find("quotas") or ()] == [USER.tag]


@pytest.mark.clickhouse
def test_the_engine_holds_the_line(tmp_path: Path) -> None:
    """With the reader's rights, readable tables can be read and everything else is denied by the engine itself."""
    with clickhouse_server(tmp_path) as server, Store.connect(f"{server.url}/spanmill") as store:
        migrate(store)
        data = server.data_dir
    reads = [f"SELECT count() FROM spanmill.{name}" for name in READABLE]
    done = subprocess.run(
        [sys.executable, reader_session.__file__, str(READER), str(data), str(tmp_path)],
        input=json.dumps([*reads, *DENIED]),
        capture_output=True,
        text=True,
        check=False,
        env=clean_environment(),
    )
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    assert {statement: answers[statement] for statement in reads} == dict.fromkeys(reads, "0\n")
    assert [statement for statement in DENIED if "Error" not in answers[statement]] == []
