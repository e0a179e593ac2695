"""``spanmill dataset``: test cases come out with where they came from."""

import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from spanmill.cli import main
from spanmill_store.client import Store

pytestmark = pytest.mark.clickhouse

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def failures(store: Store) -> Store:
    """A store with one dataset of two rows: one flagged by two rules, one made by a person."""
    store.insert("datasets", ("Name", "Description", "Time"), [("failures", "bad ones", NOW)])
    columns = (
        "Dataset",
        "RowId",
        "Time",
        "Input",
        "Output",
        "Expected",
        "RowSource",
        "TraceId",
        "SessionId",
        "Metadata",
    )
    rows = [
        ("failures", "r1", NOW, "where?", "no idea", "", "production", "t1", "s1", {"a": "b"}),
        ("failures", "r2", NOW, "1+1", "", "2", "human", "", "", {}),
        ("failures", "r1", NOW, "where?", "no idea", "", "production", "t1", "s1", {"a": "b"}),
    ]
    store.insert("dataset_rows", columns, rows)
    flag = ("TraceId", "Time", "Rule", "RuleVersion", "ScoreName", "Value", "Label", "Reason", "Dataset")
    flags = [
        ("t1", NOW, "refusal", "v1", "refusal", 0.0, "refusal", "it declines", "failures"),
        ("t1", NOW, "latency", "v2", "latency_s", 3.5, "", "3.5 s", "failures"),
        ("t1", NOW, "other", "v3", "other", 0.0, "", "goes elsewhere", "another"),
    ]
    store.insert("flags", flag, flags)
    return store


def spanmill(url: str, *arguments: str) -> tuple[int, str, str]:
    """Run ``spanmill ARGUMENTS`` against *url*: exit code, output, errors."""
    result = CliRunner().invoke(main, [*arguments, "--clickhouse-url", url])
    return result.exit_code, result.stdout, result.stderr


def test_export_gives_each_row_once_with_its_provenance(failures: Store, database_url: str) -> None:
    """Trace, session, and every flag that put the row there; nothing of flags that went elsewhere."""
    assert failures.database in database_url
    code, output, _ = spanmill(database_url, "dataset", "export", "failures", "--format", "jsonl")
    first, second = (json.loads(line) for line in output.splitlines())
    assert code == 0
    assert first == {
        "id": "r1",
        "input": "where?",
        "output": "no idea",
        "expected": None,
        "metadata": {"a": "b"},
        "tags": [],
        "provenance": {
            "source": "production",
            "trace_id": "t1",
            "span_id": None,
            "session_id": "s1",
            "flags": [
                {
                    "rule": "latency",
                    "rule_version": "v2",
                    "score": "latency_s",
                    "value": 3.5,
                    "label": None,
                    "reason": "3.5 s",
                    "flagged_at": "2026-01-02T03:04:05Z",
                },
                {
                    "rule": "refusal",
                    "rule_version": "v1",
                    "score": "refusal",
                    "value": 0.0,
                    "label": "refusal",
                    "reason": "it declines",
                    "flagged_at": "2026-01-02T03:04:05Z",
                },
            ],
        },
    }
    assert (second["expected"], second["provenance"]["flags"]) == ("2", [])


@pytest.mark.usefixtures("failures")
def test_list_counts_rows(database_url: str) -> None:
    """A dataset's rows are counted once, as a table and as JSON."""
    _, table, _ = spanmill(database_url, "dataset", "list")
    _, output, _ = spanmill(database_url, "dataset", "list", "--json")
    assert "failures" in table
    assert json.loads(output) == [{"name": "failures", "description": "bad ones", "rows": 2}]


@pytest.mark.usefixtures("failures")
def test_an_unknown_dataset_is_one_sentence(database_url: str) -> None:
    """The sentence suggests the nearest name."""
    code, _, errors = spanmill(database_url, "dataset", "export", "failure")
    assert (code, errors) == (1, "Error: No dataset is called 'failure': did you mean failures?\n")
