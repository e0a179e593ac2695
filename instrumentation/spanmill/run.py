"""`spanmill run`: starts a program with instrumentation switched on, by way of its environment alone."""

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NoReturn

import click

from spanmill._options import ENDPOINT

STARTUP: Final = Path(__file__).parent / "_startup"
NOT_FOUND: Final = 127
NOT_RUNNABLE: Final = 126
"""Exit codes that shells, env and nohup use, so that they are no program's own."""


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--service-name", metavar="NAME", help="Name of the application.  [default: OTEL_SERVICE_NAME]")
@click.option("--endpoint", metavar="URL", help="The collector's URL.  [default: SPANMILL_ENDPOINT, else this machine]")
@click.argument("program")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def run(service_name: str | None, endpoint: str | None, program: str, arguments: Sequence[str]) -> None:
    """
    Run a Python program with instrumentation switched on.

    Write it behind two dashes, as you would call it otherwise:

    \b
        spanmill run -- python app.py --its-own-option
        spanmill run -- gunicorn app:app

    The program takes this process's place: its exit code and signals are its own. Exit code 127 means that it was not
    found, 126 that it could not be started.
    """  # noqa: D301 - the backspace is click's mark for text that is not to be wrapped
    executable = shutil.which(program)
    if executable is None:
        _give_up(NOT_FOUND, f"There is no program {program!r}{_hint(program, arguments)}")
    environment = program_environment(os.environ, service_name, endpoint)
    sys.stdout.flush()
    try:
        os.execve(executable, [program, *arguments], environment)  # noqa: S606 - to start it is what was asked for
    except OSError as error:
        _give_up(NOT_RUNNABLE, f"{executable} cannot be started: {error.strerror}.")


def program_environment(given: Mapping[str, str], service_name: str | None, endpoint: str | None) -> dict[str, str]:
    """The environment *given*, so changed that a Python started in it begins with the shim."""
    others = [folder for folder in given.get("PYTHONPATH", "").split(os.pathsep) if folder and folder != str(STARTUP)]
    environment = dict(given) | {
        "PYTHONPATH": os.pathsep.join([str(STARTUP), *others]),
        "_SPANMILL_RUN_PID": str(os.getpid()),  # execve keeps the process id
    }
    if service_name:
        environment["OTEL_SERVICE_NAME"] = service_name
    if endpoint:
        environment[ENDPOINT] = endpoint
    return environment


def _hint(program: str, arguments: Sequence[str]) -> str:
    if program.endswith(".py"):
        return f"; a script needs its Python: spanmill run -- python {' '.join((program, *arguments))}"
    return " on PATH."


def _give_up(code: int, sentence: str) -> NoReturn:
    click.echo(f"Error: {sentence}", err=True)
    sys.exit(code)
