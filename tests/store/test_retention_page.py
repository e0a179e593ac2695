"""docs/retention.md tells the truth: its commands run, and its outputs are what they print."""

import re
import shlex
from datetime import UTC, date, datetime

import pytest
from click.testing import CliRunner, Result

from spanmill.cli import main
from spanmill_store import usage
from spanmill_store.client import Store
from spanmill_store.retention.policies import KINDS
from support.people import People
from support.removals import ANNA, BERT, CALL
from support.source_tree import ROOT

pytestmark = pytest.mark.clickhouse

PAGE = (ROOT / "docs/retention.md").read_text(encoding="utf-8")
BLOCKS: list[tuple[str, str]] = re.findall(r"```(\w*)\n(.*?)```", PAGE, re.DOTALL)
LINES = [line for language, block in BLOCKS if language == "sh" for line in block.splitlines()]


def shown() -> list[tuple[str, str]]:
    """Commands behind a dollar sign, and the output below each."""
    answers = [part for language, block in BLOCKS if not language for part in block.split("$ ")[1:]]
    return [(command, output) for command, _, output in (answer.partition("\n") for answer in answers)]


def words(text: str) -> list[list[str]]:
    """The words of each line: how wide a column is does not matter."""
    return [line.split() for line in text.splitlines() if line.strip()]


def run(line: str) -> Result:
    """Run a command of the page."""
    program, *arguments = shlex.split(line)
    assert program == "spanmill"
    return CliRunner().invoke(main, arguments)


@pytest.fixture
def _page(store: Store, people: People, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the page's outputs speak of: three projects' old traces, and Anna's conversation."""
    monkeypatch.setenv("SPANMILL_CLICKHOUSE_URL", database_url)
    for project, day in (("shop", 2), ("lab", 2), ("shop", 3), ("audit", 3)):
        people.trace(project=project, day=date(2026, 1, day))
    asked = people.trace(ANNA, session="s-1", project="shop", attributes=CALL)
    people.trace(session="s-1", project="shop")
    people.trace(BERT, project="shop")
    people.log(trace=asked, project="shop")
    people.verdicts(asked, project="shop")
    usage.fold(store)


@pytest.mark.usefixtures("_page")
def test_commands_run_and_print_what_is_shown() -> None:
    """Every command prints what is shown, word for word; the others succeed."""
    assert datetime.now(UTC).date() > date(2026, 2, 3)
    assert len(shown()) == 5
    for command, output in shown():
        assert words(run(command).stdout) == words(output), command
    for line in LINES:
        assert run(line).exit_code == 0, line


def test_the_page_names_every_kind() -> None:
    """What may be set stands in the table."""
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == list(KINDS)
