"""Which Python runs a program, so that what is installed there is examined."""

import shutil
from pathlib import Path

MAX_FIRST_LINE_BYTES = 512


def python_of(program: str) -> str | None:
    """Return the interpreter that *program* is or begins with, as a path; None: it is no Python program."""
    executable = shutil.which(program)
    if executable is None:
        return None
    if Path(program).name.startswith(("python", "pypy")):
        return executable
    with Path(executable).open("rb") as file:
        first = file.read(MAX_FIRST_LINE_BYTES).split(b"\n")[0].decode("utf-8", "replace")
    words = first.removeprefix("#!").split()
    if not first.startswith("#!") or not words:
        return None
    named = words[-1] if Path(words[0]).name == "env" else words[0]
    return shutil.which(named) if Path(named).name.startswith(("python", "pypy")) else None
