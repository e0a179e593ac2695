"""docs/prices.md tells the truth: its file loads, its commands run, and its outputs are what they print."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from spanmill.cli import main
from spanmill_store.client import Store
from spanmill_store.prices.entries import PriceEntry
from support.source_tree import ROOT

pytestmark = pytest.mark.clickhouse

PAGE = (ROOT / "docs/prices.md").read_text(encoding="utf-8")
BLOCKS: list[tuple[str, str]] = re.findall(r"```(\w*)\n(.*?)```", PAGE, re.DOTALL)
LINES = [line for language, block in BLOCKS if language == "sh" for line in block.splitlines()]
BROKEN = "prices:\n  - model: gpt-4o\n    input_mtok: 2.25\n    ouput_mtok: 9\n"


def shown() -> list[tuple[str, str]]:
    """Commands behind a dollar sign, and the output below each."""
    answers = [part for language, block in BLOCKS if not language for part in block.split("$ ")[1:]]
    return [(command, output) for command, _, output in (answer.partition("\n") for answer in answers)]


def words(text: str) -> list[list[str]]:
    """The words of each line: how wide a column is does not matter."""
    return [line.split() for line in text.splitlines() if line.strip()]


@pytest.fixture
def page(tmp_path: Path, store: Store, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's file in the current folder, synced into a database."""
    assert store.database in database_url
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SPANMILL_CLICKHOUSE_URL", database_url)
    monkeypatch.setenv("SPANMILL_PRICES", "prices.yaml")
    [yaml] = [block for language, block in BLOCKS if language == "yaml"]
    tmp_path.joinpath("prices.yaml").write_text(yaml, encoding="utf-8")
    tmp_path.joinpath("broken.yaml").write_text(BROKEN, encoding="utf-8")
    assert run("spanmill prices sync").exit_code == 0


def run(line: str) -> Result:
    """Run a command of the page."""
    program, *arguments = shlex.split(line)
    assert program == "spanmill"
    return CliRunner().invoke(main, arguments)


@pytest.mark.usefixtures("page")
def test_commands_run_and_print_what_is_shown() -> None:
    """Every command succeeds or fails as shown, word for word."""
    assert len(shown()) == 5
    for command, output in shown():
        assert words(run(command).output) == words(output), command
    for line in LINES:
        result = run(line)
        assert (result.exit_code, bool(result.stdout.strip())) == (0, True), line


def test_the_page_names_every_key() -> None:
    """What an entry may say stands in the table."""
    table = PAGE[PAGE.index("| key |") :]
    assert [key for key in PriceEntry.model_fields if f"`{key}`" not in table] == []
