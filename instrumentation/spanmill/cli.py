"""
The program ``spanmill``: one command per part, each loaded only when it is called.

This module belongs to the shim's distribution and knows the other parts by name only, so that ``spanmill run`` works
where nothing but the bare install is present.
"""

import importlib
import itertools
import sys
from typing import Any, Final, NamedTuple

import click


class Command(NamedTuple):
    """Where a command lives and which extra brings what it needs."""

    target: str
    extra: str
    summary: str


COMMANDS: Final[dict[str, Command]] = {
    "up": Command("spanmill_deploy.cli:up", "all", "Run everything on this machine until Ctrl-C."),
    "run": Command("spanmill.run:run", "", "Run a Python program with instrumentation switched on."),
    "clickhouse": Command("spanmill_store.embedded.cli:clickhouse", "embedded", "Serve the embedded ClickHouse."),
    "collector": Command("spanmill_collector.cli:collector", "collector", "Receive OTLP and ship it to ClickHouse."),
    "planner": Command("spanmill_scoring.cli:planner", "workers", "Decide what must be scored and queue it."),
    "worker": Command("spanmill_scoring.cli:worker", "workers", "Score what the planner queued."),
    "rules": Command("spanmill_scoring.cli:rules", "workers", "Check scoring rules and see how they do."),
    "scores": Command("spanmill_scoring.cli:scores", "workers", "Show the newest scores."),
    "flags": Command("spanmill_scoring.cli:flags", "workers", "Show what was flagged."),
    "review": Command("spanmill_scoring.cli:review", "workers", "Show what waits to be judged by people; judge it."),
    "routes": Command("spanmill_scoring.cli:routes", "workers", "See how alerts stand and what was sent."),
    "dataset": Command("spanmill_evals.cli:dataset", "evals", "List and export datasets."),
    "keys": Command("spanmill_store.commands.keys:keys", "store", "Create, list and revoke the keys to send with."),
    "sql": Command("spanmill_store.commands.sql:sql", "store", "Ask ClickHouse in SQL."),
    "prices": Command("spanmill_store.commands.prices:prices", "store", "Show, check and update what models cost."),
    "store": Command("spanmill_store.commands.store:store", "store", "Say how long rows are kept; forget a user."),
    "doctor": Command("spanmill_deploy.doctor.cli:doctor", "all", "Say whether this installation keeps its promises."),
    "doctor --app": Command(
        "spanmill.doctor.cli:doctor", "", "Say what of an application is recorded, and where it goes."
    ),
    "migrate": Command("spanmill_store.commands.migrate:migrate", "store", "Bring the database schema up to date."),
}


class LazyCommands(click.Group):
    """A click group that imports a command's module when the command is called, not before."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Names in the order of `COMMANDS`."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Import the command, or say which extra is missing."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].target.partition(":")
        try:
            command: click.Command = getattr(importlib.import_module(module), attribute)
        except ModuleNotFoundError as error:
            raise click.ClickException(_missing(cmd_name, error)) from error
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """A command's flag may make it another part's: `COMMANDS` then has a row for both words."""
        own = list(itertools.takewhile(lambda argument: argument != "--", args))
        for place, flag in enumerate(own[1:], 1):
            name = f"{args[0]} {flag}"
            if name in COMMANDS:
                return super().resolve_command(ctx, [name, *args[1:place], *args[place + 1 :]])
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """List the commands without importing one of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.summary) for name, command in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Show errors that are the user's to mend as one sentence, exit code 1."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            if getattr(error, "is_shown_to_user", False):
                raise click.ClickException(str(error)) from error
            raise


def _missing(command: str, error: ModuleNotFoundError) -> str:
    extra = COMMANDS[command].extra
    install = f"spanmill[{extra}]" if extra else "spanmill"
    return f"`spanmill {command}` needs the package {error.name!r}: pip install '{install}'"


@click.group(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="spanmill")
def main() -> None:
    """Turn production traces of LLM applications into test sets."""


if __name__ == "__main__":
    sys.exit(main())
