"""README and docs tell the truth: their commands run, their rules load, their output is what the demo prints."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from spanmill.cli import COMMANDS
from spanmill_scoring.rules.files import load
from support.demo import Finished
from support.processes import clean_environment
from support.source_tree import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", README, re.DOTALL)
COLLECTOR = (ROOT / "docs" / "collector.md").read_text(encoding="utf-8")
SQL = (ROOT / "docs" / "sql.md").read_text(encoding="utf-8")
COOKBOOK = (ROOT / "docs" / "cookbook.md").read_text(encoding="utf-8")
PAGES = (COLLECTOR, SQL, COOKBOOK)
SHELL = [block for text in (README, *PAGES) for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL)]
LINES = [line for block in SHELL for line in block.splitlines()]

RUN_ELSEWHERE = {
    "make demo": "tests/demo/test_demo.py runs the script behind it",
    "make test": "runs this very test",
    "pip install 'spanmill[all]'": "the environment of the tests has it",
    "pip install spanmill opentelemetry-instrumentation-genai-openai": "the environment of the tests has it",
    "spanmill up --rules rules.yaml": "run by the demo, and by tests/deploy/test_up.py",
    "spanmill run -- python app.py": "run by the demo, and by tests/instrumentation/test_run.py",
}
"""Commands that other tests run, and which."""

ASKING = [line for line in LINES if line not in RUN_ELSEWHERE]


def test_every_command_is_run_by_a_test() -> None:
    """What is exempt here stands in the texts, and everything else is one of spanmill's commands."""
    assert set(RUN_ELSEWHERE) <= set(LINES)
    assert ASKING
    assert all(line.split()[0] == "spanmill" and line.split()[1] in COMMANDS for line in ASKING)


def test_make_targets_exist() -> None:
    """Every `make` target that the README names is one."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"make ([a-z]+)", README))
    assert targets <= set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))


def test_linked_files_exist() -> None:
    """No link leads nowhere."""
    for text, folder in ((README, ROOT), *((page, ROOT / "docs") for page in PAGES)):
        links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
        assert links
        assert [link for link in links if not (folder / link).exists()] == []


def test_the_rules_load(tmp_path: Path) -> None:
    """The rules file of the README is one that spanmill takes."""
    [rules] = [block for language, block in BLOCKS if language == "yaml"]
    (tmp_path / "rules.yaml").write_text(rules, encoding="utf-8")
    (tmp_path / "scorers.py").write_text("def refusal(target):\n    return 'ok'\n", encoding="utf-8")
    book = load(tmp_path / "rules.yaml")
    assert (list(book.problems), sorted(book.rules)) == ([], ["grounded", "refusal", "slow"])


@pytest.mark.demo
@pytest.mark.clickhouse
@pytest.mark.redis
@pytest.mark.timeout(240)
class TestAgainstTheDemo:
    """Commands of the texts, and output of the README, against the demo's spanmill."""

    @pytest.mark.parametrize("line", list(dict.fromkeys(ASKING)))
    def test_commands_run(self, line: str, demo: Finished) -> None:
        """The command succeeds and prints something."""
        command = [sys.executable, "-m", *shlex.split(line)]
        environment = clean_environment(**demo.settings)
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "rror" not in done.stderr
        assert done.stdout.strip()

    def test_the_output_has_the_demos_form(self, demo: Finished) -> None:
        """The output shown has the same lines as the demo's, numbers, names and sentences of single rows aside."""
        [shown] = [block for language, block in BLOCKS if not language and "spans" in block]
        headings = [line for line in shown.splitlines() if line.startswith(("rule ", "the script says", "What was"))]
        assert len(headings) == 3
        assert all(" ".join(line.split()) in " ".join(demo.output.split()) for line in headings)
