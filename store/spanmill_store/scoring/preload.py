"""What the driver imports at its first insert, imported before a worker forks."""

import contextlib
import importlib
from typing import Final

_LAZY: Final = ("numpy", "pandas", "pyarrow")


def preload() -> None:
    """
    Import the optional packages that the driver looks for when it first inserts.

    A worker forks a child for every job: what the parent has not imported, each child imports anew, which costs more
    than the job.
    """
    for name in _LAZY:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
