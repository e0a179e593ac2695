"""
Named queries: every statement that spanmill runs is a file under ``sql/queries``, found by its path without ``.sql``.

A file holds one statement. Its header comment says what the statement is for, what each parameter means and what the
statement costs; values are bound by the server as ``{name:Type}``.
"""

import functools
import re
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

_PARAMETER: Final = re.compile(r"\{(\w+):\s*\w")
_COMMENT: Final = re.compile(r"--[^\n]*")


def folder() -> Traversable:
    """The folder of all query files."""
    return resources.files("spanmill_store") / "sql" / "queries"


@functools.cache
def text(name: str) -> str:
    """
    Return the statement called *name*, for example ``traces/by_id``.

    Raises:
        FileNotFoundError: There is no such file, which is a mistake of ours.
    """
    return folder().joinpath(f"{name}.sql").read_text(encoding="utf-8").strip()


def parameters(statement: str) -> frozenset[str]:
    """Names of the parameters that *statement* binds."""
    return frozenset(_PARAMETER.findall(_COMMENT.sub("", statement)))


def names() -> list[str]:
    """All query names, sorted."""
    return sorted(_names(folder(), ""))


def _names(place: Traversable, prefix: str) -> list[str]:
    found: list[str] = []
    for entry in place.iterdir():
        if entry.is_dir():
            found += _names(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".sql"):
            found.append(prefix + entry.name.removesuffix(".sql"))
    return found
