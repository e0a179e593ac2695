"""The table of commands is true."""

import importlib

import click
import pytest

from spanmill.cli import COMMANDS, main

EXTRAS = {"", "store", "collector", "workers", "evals", "embedded", "all"}


@pytest.mark.parametrize("name", COMMANDS)
def test_command(name: str) -> None:
    """Each command exists, bears its name, and helps with a sentence of its own."""
    module, _, attribute = COMMANDS[name].target.partition(":")
    command = getattr(importlib.import_module(module), attribute)
    assert isinstance(command, click.Command)
    assert command.name == name
    assert command.help
    assert command.callback is None or command.callback.__doc__


@pytest.mark.parametrize("name", COMMANDS)
def test_options_have_help(name: str) -> None:
    """Each option of each command, groups included, says what it does."""
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert [f"{path} {option}" for path, option in _silent_options(name, command)] == []


def test_table() -> None:
    """Each row has a summary and names an extra that exists."""
    assert all(command.summary.endswith(".") and command.extra in EXTRAS for command in COMMANDS.values())


def _silent_options(path: str, command: click.Command) -> list[tuple[str, str]]:
    found = [
        (path, parameter.opts[0])
        for parameter in command.params
        if isinstance(parameter, click.Option) and not parameter.help
    ]
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            found += _silent_options(f"{path} {name}", child)
    return found
