"""docs/sql.md tells the truth: its tables are the readable ones, its questions run, its errors are what is printed."""

import re

import pytest
from click.testing import CliRunner

from spanmill.cli import main
from spanmill_store.client import Store
from spanmill_store.guard.limits import MAX_TIMEOUT_S, Limits
from spanmill_store.guard.tables import READABLE
from spanmill_store.reading import answer
from support.source_tree import ROOT

PAGE = (ROOT / "docs/sql.md").read_text("utf-8")
QUESTIONS = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
ERRORS = re.findall(r'^\$ spanmill sql (.*)"(.*)"\n(Error: .*\n)', PAGE, re.MULTILINE)


def test_tables_are_the_readable_ones() -> None:
    """The table of tables has their names and descriptions, in the order of the list."""
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", PAGE, re.MULTILINE)
    assert rows == [(table.name, table.about) for table in READABLE.values()]


def test_limits_are_the_defaults() -> None:
    """The page names the numbers that hold."""
    limits = Limits()
    assert f"| time | {limits.timeout_s:g} s | `--timeout-s`, up to {MAX_TIMEOUT_S} |" in PAGE
    assert f"| rows of the result | {limits.max_rows:_} |".replace("_", " ") in PAGE
    assert f"| size of the result | {limits.max_result_bytes >> 30} GiB |" in PAGE
    assert f"| memory | {limits.max_memory_bytes // 10**9} GB;" in PAGE


@pytest.mark.clickhouse
@pytest.mark.parametrize("question", QUESTIONS)
def test_questions_are_answered(question: str, both: Store) -> None:
    """Each question of the page has an answer, for all projects and for one."""
    for projects in (None, {"ours"}):
        with answer(both, question, projects) as found:
            assert isinstance(list(found.rows), list)


@pytest.mark.clickhouse
@pytest.mark.parametrize(("options", "statement", "printed"), ERRORS)
def test_errors_are_what_is_printed(options: str, statement: str, printed: str, both: Store) -> None:
    """Each refusal of the page is, word for word, what the command prints."""
    arguments = ["sql", *options.split(), statement, "--clickhouse-url", f"{both.address}"]
    result = CliRunner().invoke(main, arguments)
    assert (result.exit_code, result.stderr) == (1, printed)


def test_there_are_examples() -> None:
    """The page has questions and errors, so that the tests above say something."""
    assert len(QUESTIONS) >= 3
    assert len(ERRORS) >= 6
