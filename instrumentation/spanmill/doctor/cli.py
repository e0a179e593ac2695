"""
The command ``spanmill doctor --app``.

It lies here and not beside the ``spanmill doctor`` of the servers, because it is wanted where the application runs, and
there nothing but the bare install may be present. `spanmill.cli` tells the two apart by the flag.
"""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict

import click

from spanmill.doctor.interpreter import python_of


@click.command("doctor --app", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--endpoint", metavar="URL", help="The collector's URL, where the application names one in its code.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.argument("program", required=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def doctor(*, endpoint: str | None, as_json: bool, program: str | None, arguments: Sequence[str]) -> None:  # noqa: ARG001 - part of the program's call, which is not run
    """
    Say what of an application is recorded, and where it goes.

    Examines this environment, or the Python that a program behind two dashes would run in, which is not started:

    \b
        spanmill doctor --app
        spanmill doctor --app -- python app.py

    Shows which installed libraries are recorded, by which instrumentors, and what to install for the others; where
    spans go, and whether they are taken there (an empty request is sent); and whether content is captured. The exit
    code is 1 where no spans would arrive.
    """  # noqa: D301 - the backspace is click's mark for text that is not to be wrapped
    python = sys.executable if program is None else _python(program)
    if os.path.abspath(python) != os.path.abspath(sys.executable):  # noqa: PTH100 - a link into another environment is another Python
        raise click.exceptions.Exit(_examine_in(python, endpoint, as_json=as_json))
    from spanmill.doctor import printing, report  # noqa: PLC0415 - loads OpenTelemetry, which help does not need

    with contextlib.redirect_stdout(sys.stderr):  # instrumentors are switched on to be tried, and some speak
        found = report.examine(python, os.environ, endpoint)
    click.echo(json.dumps(asdict(found), indent=2) if as_json else "\n".join(printing.lines(found)))
    if found.problem is not None:
        raise click.ClickException(found.problem)


def _python(program: str) -> str:
    python = python_of(program)
    if python is None:
        raise click.ClickException(
            f"{program!r} is no Python program on PATH: write it as you call it, spanmill doctor --app -- python app.py"
        )
    return python


def _examine_in(python: str, endpoint: str | None, *, as_json: bool) -> int:
    """Run the same command in another Python, and return its exit code."""
    known = subprocess.run([python, "-c", "import spanmill"], check=False, capture_output=True)
    if known.returncode:
        raise click.ClickException(f"spanmill is not installed for {python}: {python} -m pip install spanmill")
    options = [*(["--endpoint", endpoint] if endpoint else []), *(["--json"] if as_json else [])]
    return subprocess.run([python, "-m", "spanmill", "doctor", "--app", *options], check=False).returncode
