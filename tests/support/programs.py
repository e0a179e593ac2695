"""Small programs that tests run to their end."""

import subprocess
from typing import Protocol


class Run(Protocol):
    """
    Runs a program in a process of its own and returns it with its output.

    The first argument is the command or, for Python, the program's text; *variables* are added to its environment, an
    empty one is removed.
    """

    def __call__(self, program: str, /, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Wait for its end."""
