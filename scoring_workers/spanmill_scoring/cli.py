"""The commands of the scoring side, ``spanmill planner`` and so on, each loaded when it is called."""

import importlib
from typing import Final

import click

_MODULES: Final = {
    "planner": "processes",
    "worker": "processes",
    "rules": "rules",
    "scores": "tables",
    "flags": "tables",
    "review": "review",
    "routes": "routes",
}


def __getattr__(name: str) -> click.Command:
    """Load the command *name*, so that `spanmill rules` does not wait for what only workers need."""
    if name not in _MODULES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    command: click.Command = getattr(importlib.import_module(f"spanmill_scoring.commands.{_MODULES[name]}"), name)
    return command
