"""
The mill turns once: a real program, its spans, their scores, the flags, a dataset.

`make demo` runs this file. It starts `spanmill up` in a scratch folder on free ports and the example's model server,
lets the support bot hold its conversations under `spanmill run`, waits until every rule has decided about every turn,
says what came of it, and stops everything. Whatever it does with spanmill, it does with commands that you can type.
"""

import argparse
import shlex
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

import demo_report
import script
from demo_processes import (
    POLL_S,
    Child,
    DemoError,
    free_ports,
    wait_until_answers,
    wait_until_printed,
)
from demo_spanmill import SETTINGS, Spanmill

HERE: Final = Path(__file__).parent
DATASET: Final = "support-failures"
SETTLE_TIMEOUT_S: Final = 120.0

PIPED_WIDTH: Final = 110
"""Columns where the output is no terminal, whose width rich would guess as 80."""

console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else PIPED_WIDTH)


class Demo:
    """One run of the demo in one scratch folder."""

    def __init__(self, folder: Path, conversations: int, children: ExitStack) -> None:
        """Remember where and how much; *children* ends what is started here."""
        self.folder = folder
        self.conversations = conversations
        self.turns = len(script.expected_labels(conversations))
        self._children = children

    def run(self) -> Spanmill:
        """Turn the mill once and say what came of it."""
        with _progress() as progress:
            self._steps = progress
            mill = self._start()
            self._talk(mill)
            self._await("its spans arrive in ClickHouse, one trace a turn", self.turns, lambda: _traces(mill))
            decisions = self.turns * len(mill.rules())
            self._await("every rule decides about every turn", decisions, lambda: _decided(mill))
        dataset = self.folder / f"{DATASET}.jsonl"
        mill.export(DATASET, dataset)
        demo_report.show(mill, self.conversations, dataset, console)
        return mill

    def _start(self) -> Spanmill:
        task = self._steps.add_task("spanmill starts: ClickHouse, Valkey, collector, planner, workers", total=1)
        model_port, *ports = free_ports(1 + len(SETTINGS))
        url = f"http://127.0.0.1:{model_port}/v1"
        server = [sys.executable, str(HERE / "model_server.py"), "--port", str(model_port)]
        self.model = Child(server, self.folder / "model.log")
        self._children.callback(self.model.stop)
        mill = Spanmill(self.folder, ports, url, HERE / "rules.yaml")
        self.up = mill.up(self.folder / "up.log")
        self._children.callback(self.up.stop)
        wait_until_answers(self.model, f"{url}/models")
        wait_until_printed(self.up, "spanmill is ready")
        self._steps.update(task, completed=1)
        return mill

    def _talk(self, mill: Spanmill) -> None:
        """Let the bot hold its conversations under `spanmill run`, and follow its progress lines."""
        task = self._steps.add_task("the support bot holds its conversations", total=self.conversations)
        url = mill.settings["SUPPORT_BOT_MODEL_URL"]
        bot = [sys.executable, str(HERE / "bot.py"), "--conversations", str(self.conversations), "--model-url", url]
        child = mill.watch(bot, self.folder / "bot.log")
        self._children.callback(child.stop)
        while child.exit_code() is None:
            self._steps.update(task, completed=_conversations_held(child))
            time.sleep(POLL_S)
        if child.exit_code() != 0:
            raise DemoError(f"The bot ended with exit code {child.exit_code()}: see {child.log}.")
        self._steps.update(task, completed=self.conversations)

    def _await(self, what: str, wanted: int, count: Callable[[], int]) -> None:
        """Show *what* as a step, and poll *count* until it is *wanted*."""
        task = self._steps.add_task(what, total=wanted)
        deadline = time.monotonic() + SETTLE_TIMEOUT_S
        while (found := _or_zero(count)) < wanted:
            self._steps.update(task, completed=found)
            if time.monotonic() > deadline:
                raise DemoError(f"After {SETTLE_TIMEOUT_S:.0f} s {found} of {wanted}: {what}; see {self.up.log}.")
            time.sleep(POLL_S)
        self._steps.update(task, completed=wanted)


def main() -> int:
    """Run the demo; 0 if the mill turned all the way round."""
    parser = argparse.ArgumentParser(description="Watch real spans become scores, flags and a dataset.")
    parser.add_argument("--conversations", type=int, default=60, help="conversations that the bot holds (default: 60)")
    parser.add_argument("--keep", action="store_true", help="leave everything running and say where to look")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    folder = Path(tempfile.mkdtemp(prefix="spanmill-demo-"))
    began = time.monotonic()
    try:
        with ExitStack() as children:
            demo = Demo(folder, given.conversations, children)
            mill = demo.run()
            console.print(f"\nThe demo took {time.monotonic() - began:.0f} s.")
            if given.keep:
                children.pop_all()
                _say_where_to_look(mill, demo)
                return 0
    except DemoError as error:
        console.print(f"Error: {error}", style="red", markup=False)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    shutil.rmtree(folder / "data", ignore_errors=True)
    return 0


def _progress() -> Progress:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(20), MofNCompleteColumn())
    return Progress(*columns, TimeElapsedColumn(), console=console)


def _conversations_held(bot: Child) -> int:
    words = bot.last_line().split()
    return int(words[1]) if len(words) > 1 and words[0] == "support-bot:" else 0


def _or_zero(count: Callable[[], int]) -> int:
    """What *count* says; 0 while a part that died is being started again, so that you may kill any of them."""
    try:
        return count()
    except DemoError:
        return 0


def _traces(mill: Spanmill) -> int:
    [row] = mill.sql("SELECT countIf(HasRoot AND Source != 'judge') AS n FROM traces")
    return int(row["n"])


def _decided(mill: Spanmill) -> int:
    """Targets about which a rule has said its last word, over all rules."""
    final = ("scored", "failed", "filtered", "sampled_out")
    return sum(row[state] for row in mill.rules_status() for state in final)


def _say_where_to_look(mill: Spanmill, demo: Demo) -> None:
    settings = demo.folder / "settings.sh"
    exports = [f"export {name}={shlex.quote(value)}" for name, value in mill.settings.items()]
    settings.write_text("\n".join(exports) + "\n", encoding="utf-8")
    program = Path(sys.executable).with_name("spanmill")
    lines = (
        "\nEverything is still running. Look around:\n",
        f"  . {settings}",
        f"  {program} sql 'SELECT RootName, Input, Output, DurationNs FROM traces LIMIT 5'",
        f"  {program} rules status",
        f"  {program} flags --rule refusal",
        f"  {program} dataset export {DATASET}",
        f"\nLogs: {demo.up.log}. Stop it: kill {demo.up.pid} {demo.model.pid}",
    )
    console.print("\n".join(lines), markup=False)


if __name__ == "__main__":
    sys.exit(main())
