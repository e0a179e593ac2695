"""One spanmill for the demo, used through its commands alone."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from demo_processes import Child, DemoError

SETTINGS: Final = (
    "SPANMILL_OTLP_GRPC_PORT",
    "SPANMILL_OTLP_HTTP_PORT",
    "SPANMILL_CLICKHOUSE_PORT",
    "SPANMILL_REDIS_PORT",
)
"""The ports that the demo chooses, in this order."""

PROGRAM: Final = (sys.executable, "-m", "spanmill")


class Spanmill:
    """
    A spanmill whose data, ports and rules are the demo's own.

    Every question is asked by one of spanmill's commands with ``--json``, as a script of yours would do it.
    """

    def __init__(self, folder: Path, ports: Sequence[int], model_url: str, rules: Path) -> None:
        """Fix the settings; nothing is started yet."""
        foreign = ("SPANMILL_", "OTEL_")
        self.settings = {
            "SPANMILL_DATA_DIR": str(folder / "data"),
            "SPANMILL_RULES": str(rules),
            "SPANMILL_ENDPOINT": f"http://127.0.0.1:{ports[0]}",
            "SUPPORT_BOT_MODEL_URL": model_url,
            **dict(zip(SETTINGS, map(str, ports), strict=True)),
        }
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(foreign)} | self.settings

    def up(self, log: Path) -> Child:
        """Start everything: ``spanmill up``."""
        return Child([*PROGRAM, "up"], log, self.environment)

    def watch(self, command: Sequence[str], log: Path) -> Child:
        """Start *command* with instrumentation switched on: ``spanmill run -- COMMAND``."""
        return Child([*PROGRAM, "run", "--service-name", "support-bot", "--", *command], log, self.environment)

    def sql(self, statement: str) -> list[dict[str, Any]]:
        """Ask in SQL: ``spanmill sql --json STATEMENT``."""
        rows: list[dict[str, Any]] = json.loads(self._ask("sql", "--json", statement))
        return rows

    def rules_status(self) -> list[dict[str, Any]]:
        """How far every rule has come: ``spanmill rules status --json``."""
        rows: list[dict[str, Any]] = json.loads(self._ask("rules", "status", "--json"))
        return rows

    def rules(self) -> list[dict[str, Any]]:
        """The rules in use: ``spanmill rules list --json``."""
        rows: list[dict[str, Any]] = json.loads(self._ask("rules", "list", "--json"))
        return rows

    def export(self, dataset: str, file: Path) -> None:
        """Write *dataset* to *file*: ``spanmill dataset export NAME --format jsonl``."""
        self._ask("dataset", "export", dataset, "--format", "jsonl", "--output", str(file))

    def _ask(self, *arguments: str) -> str:
        done = subprocess.run([*PROGRAM, *arguments], env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise DemoError(f"spanmill {arguments[0]} failed: {done.stderr.strip()}")
        return done.stdout
