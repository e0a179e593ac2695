import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from redis import Redis

from spanmill.cli import main
from spanmill_store.client import Store
from support.processes import free_port
from support.scoring import ScoringSide
from support.traces import TraceWriter

RULES = "rules:\n- {name: r, python: 'scorers:score', flag: {below: 0.5}, dataset: failures}\n"


def spanmill(*arguments: str | Path) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def scored(
    store: Store, valkey: Redis, write_rules: Callable[[str], Path], traces: TraceWriter, database_url: str
) -> tuple[str, str]:
    """A trace that was scored and flagged: the database's URL and the trace's id."""
    path = write_rules(RULES)
    path.with_name("scorers.py").write_text("def score(target): return 0.25\n")
    target = traces.turn()
    ScoringSide(store, valkey, path).turn()
    return database_url, target.trace_id


@pytest.mark.clickhouse
class TestTables:
    """What was scored can be seen, by people and by programs."""

    @pytest.mark.parametrize("command", ["scores", "flags"])
    def test_newest_rows(self, scored: tuple[str, str], command: str) -> None:
        """The newest rows come as a table or as JSON, by rule and trace."""
        url, trace = scored
        (row,) = json.loads(spanmill(command, "--clickhouse-url", url, "--trace", trace, "--json").output)
        assert (row["trace_id"], row["rule"], row["value"]) == (trace, "r", 0.25)
        assert trace in spanmill(command, "--clickhouse-url", url, "--rule", "r").output
        assert trace not in spanmill(command, "--clickhouse-url", url, "--rule", "other").output

    def test_means(self, scored: tuple[str, str]) -> None:
        """What scores come to, by rule or day, as a table or as JSON."""
        url = scored[0]
        (row,) = json.loads(spanmill("scores", "means", "--clickhouse-url", url, "--json").output)
        assert (row["rule"], row["estimate"]["mean"], row["estimate"]["count"], row["failed"]) == ("r", 0.25, 1, 0)
        assert "0.25" in spanmill("scores", "means", "--clickhouse-url", url, "--by-day").output
        assert "0.25" not in spanmill("scores", "means", "--clickhouse-url", url, "--rule", "other").output

    def test_status(self, scored: tuple[str, str]) -> None:
        """The status tells how far every rule has come."""
        (row,) = json.loads(spanmill("rules", "status", "--clickhouse-url", scored[0], "--json").output)
        assert (row["rule"], row["sampled"], row["scored"], row["flagged"]) == ("r", 1, 1, 1)
        assert "sampled out" in spanmill("rules", "status", "--clickhouse-url", scored[0]).output


class TestRules:
    """Rules can be listed and checked before they run."""

    @pytest.mark.clickhouse
    @pytest.mark.usefixtures("store")
    def test_good_rules_pass(self, database_url: str, write_rules: Callable[[str], Path]) -> None:
        """Good rules are said to be good, exit 0."""
        path = write_rules("rules:\n- {name: a, where: ErrorCount > 0, sql: '1'}")
        result = spanmill("rules", "check", "--rules", path, "--clickhouse-url", database_url)
        assert (result.exit_code, result.output) == (0, "All 1 rules are good.\n")

    @pytest.mark.clickhouse
    @pytest.mark.usefixtures("store")
    def test_bad_rules_fail_with_their_lines(self, database_url: str, write_rules: Callable[[str], Path]) -> None:
        """Each mistake is a line with its place, also one that only the server or an import can see; exit 1."""
        path = write_rules(RULES + "- {name: a, smaple: 1, sql: '1'}\n- {name: b, sql: arraySum(Output)}\n")
        path.with_name("scorers.py").write_text("import nowhere\ndef score(target): ...\n")
        result = spanmill("rules", "check", "--rules", path, "--clickhouse-url", database_url)
        assert result.exit_code == 1
        lines = result.stdout.splitlines()
        assert len(lines) == 3
        assert "line 3: rule 'a': unknown key 'smaple': did you mean 'sample'?" in lines[0]
        assert "line 2: rule 'r': Python module 'scorers' fails when imported" in lines[1]
        assert "line 4: rule 'b': SQL 'arraySum(\"Output\")' does not compile" in lines[2]

    def test_without_a_server_what_can_be_checked_is_checked(self, write_rules: Callable[[str], Path]) -> None:
        """An unreachable ClickHouse is told; the rest of the check is worth having."""
        path = write_rules("rules:\n- {name: a, sql: '1'}")
        url = f"http://127.0.0.1:{free_port()}/x"
        result = spanmill("rules", "check", "--rules", path, "--clickhouse-url", url)
        assert result.exit_code == 0
        assert "not compiled" in result.stderr

    def test_a_missing_variable_of_a_judge_is_named(
        self, write_rules: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A judge without its key is found before the first trace is."""
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
        path = write_rules("rules:\n- {name: a, judge: {model: m, rubric: '{{output}}', choices: {a: 1, b: 0}}}")
        result = spanmill("rules", "check", "--rules", path, "--clickhouse-url", f"http://127.0.0.1:{free_port()}/x")
        assert result.exit_code == 1
        assert "environment variable OPENAI_API_KEY is not set" in result.stdout

    def test_list_shows_versions(self, write_rules: Callable[[str], Path]) -> None:
        """The list names each rule with its version and scorer."""
        path = write_rules("rules:\n- {name: a, sql: '1', sample: 0.25}")
        (row,) = json.loads(spanmill("rules", "list", "--rules", path, "--json").output)
        assert (row["rule"], row["scorer"], row["sample"], len(row["version"])) == ("a", "sql", 0.25, 12)
        assert row["version"] in spanmill("rules", "list", "--rules", path).output

    def test_no_rules_is_one_sentence(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without a rules file the setting is named."""
        monkeypatch.delenv("SPANMILL_RULES", raising=False)
        result = spanmill("rules", "list")
        assert result.exit_code == 1
        assert "SPANMILL_RULES" in result.output


def test_the_examples_rules_are_good(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rules that the support bot brings along pass their own check."""
    monkeypatch.setenv("SUPPORT_BOT_MODEL_URL", "http://127.0.0.1:9/v1")
    path = Path(__file__).parents[2] / "examples/support_bot/rules.yaml"
    result = spanmill("rules", "check", "--rules", path, "--clickhouse-url", f"http://127.0.0.1:{free_port()}/x")
    assert result.exit_code == 0, result.output
