# ruff: noqa: INP001 - docs/ is not a package, this is a script in it
"""
Writes ``cookbook.md`` beside it from the cookbook's queries; with ``--check`` it only compares.

The answers that the page shows are those of the demo, in ``cookbook_answers.txt``. With ``--record URL`` they are taken
anew from a demo that was kept running, whose ClickHouse is at URL.
"""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from spanmill_store.cookbook import FOLDER, Recipe, recipes

PAGE: Final = Path(__file__).with_name("cookbook.md")
ANSWERS: Final = Path(__file__).with_name("cookbook_answers.txt")
SUBJECTS: Final = (
    "Cost and tokens",
    "Speed",
    "Errors",
    "Tools and paths",
    "Conversations",
    "Releases, models and prompts",
    "Quality",
    "Traffic",
    "Look something up",
)
RECORDED: Final = (
    "cost_per_user --param limit=3",
    "slowest_tools",
    "failing_tools",
    "tool_paths",
    "unresolved_sessions --param limit=4",
    "tokens_per_turn",
    "scores_by_release",
    "scoring_coverage",
    "newest_flags --param limit=4",
)
HEAD: Final = """\
<!-- Written by generate_cookbook.py from the queries themselves; change them, not this page. -->

# Cookbook

Questions that people ask of their traces. Each is a query of its own with a name and parameters:

```sh
spanmill sql --list
spanmill sql --named cost_per_user
spanmill sql --named slowest_tools --param days=30 --param limit=5 --json
spanmill sql --named errors_by_service_and_hour --project default
```

They run as your own SQL does: through the same guard, within the same limits, and with `--project` as if no other
project existed; see [sql.md](sql.md). To ask something else, copy the SQL that is nearest and write values where
parameters stand.

- **Money counts everything**, experiments included. Questions about speed, errors, conversations and quality are about
  `Source = 'production'`. Those that look something up find whatever is there.
- **What was sent twice** counts once in `traces`, `sessions`, `usage`, `user_usage` and `first_seen`. Where a question
  reads `otel_traces` and does not say so, it counts twice.
- **Scores are samples.** Each counts with the inverse of the probability with which its target was sampled, so that
  means are those of all traffic, however many failures were picked on purpose.
- **`usage`** and what is like it are counted by the planner, seconds after spans arrive.
- **Unknown is not zero.** A call without a price adds no cost, and is counted as unpriced.

"""


def page() -> str:
    """The whole page."""
    answers = _answers()
    parts = [HEAD + "\n".join(_contents())]
    for subject in SUBJECTS:
        parts.append(f"## {subject}")
        parts += [_told(recipe, answers) for recipe in _about(subject)]
    return "\n\n".join(parts) + "\n"


def _about(subject: str) -> list[Recipe]:
    return [recipe for recipe in recipes() if recipe.subject == subject]


def _contents() -> Iterable[str]:
    for subject in SUBJECTS:
        names = ", ".join(f"[{_short(recipe)}](#{_short(recipe)})" for recipe in _about(subject))
        yield f"- **{subject}**: {names}"


def _told(recipe: Recipe, answers: dict[str, str]) -> str:
    name = _short(recipe)
    parts = [f"### {name}", f"**{recipe.question}** {recipe.cost}"]
    if recipe.parameters:
        table = ["| parameter | default | meaning |", "|---|---|---|"]
        for parameter in recipe.parameters:
            default = "" if parameter.default is None else f"`{parameter.default}`"
            table.append(f"| `{parameter.name}` | {default} | {parameter.meaning} |")
        parts.append("\n".join(table))
    parts.append(f"```sql\n{recipe.statement}\n```")
    parts += [f"```\n$ {command}\n{answers[command]}\n```" for command in answers if command.split()[3] == name]
    return "\n\n".join(parts)


def _short(recipe: Recipe) -> str:
    return recipe.name.removeprefix(FOLDER)


def _answers() -> dict[str, str]:
    """Command → what it printed."""
    found = {}
    for block in ANSWERS.read_text("utf-8").split("\n\n"):
        command, _, printed = block.strip().partition("\n")
        found[command.removeprefix("$ ")] = printed
    return found


def record(url: str) -> None:
    """Take the answers of the demo whose ClickHouse is at *url*."""
    blocks = []
    for arguments in RECORDED:
        asked = ["sql", "--named", *arguments.split()]
        command = [sys.executable, "-m", "spanmill", *asked, "--clickhouse-url", url]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        lines = "\n".join(line.rstrip() for line in printed.splitlines())
        blocks.append(f"$ spanmill {' '.join(asked)}\n{lines}")
    ANSWERS.write_text("\n\n".join(blocks) + "\n", "utf-8")


def main(arguments: list[str]) -> int:
    """Write the page, or compare it; the exit code says whether it was current."""
    if "--record" in arguments:
        record(arguments[arguments.index("--record") + 1])
    text = page()
    if "--check" not in arguments:
        PAGE.write_text(text, "utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text("utf-8") == text:
        return 0
    sys.stderr.write("docs/cookbook.md is out of date: run `.venv/bin/python docs/generate_cookbook.py`\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
