"""
SQL that people write: checked, limited, run read-only, answered block by block.

`spanmill_store.guard` says what may be asked; here it is sent. What reaches the server is SQL that the guard wrote from
the syntax tree that it checked, with settings that hold even if the guard were mistaken.
"""

import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from spanmill_store.client import Store
from spanmill_store.errors import StatementRefused
from spanmill_store.guard.answering import engine_refusals, too_large
from spanmill_store.guard.limits import Limits
from spanmill_store.guard.projects import restriction
from spanmill_store.guard.statement import checked

DEFAULT_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What a statement returned.

    Attributes:
        rows: Yields each row once, in the columns' order, while the connection is open.
    """

    columns: Sequence[str]
    rows: Iterator[Sequence[Any]]


@contextlib.contextmanager
def answer(
    store: Store,
    statement: str,
    projects: Collection[str] | None = None,
    limits: Limits = DEFAULT_LIMITS,
    *,
    values: Mapping[str, Any] | None = None,
) -> Iterator[Answer]:
    """
    Run *statement* and give its rows as they come, so that a large result needs little memory.

    Args:
        store: Where to ask.
        statement: One statement, as a person wrote it.
        projects: Whose rows exist for it; None for those of all projects.
        limits: What it may take.
        values: What the server binds to the parameters of a statement of ours; a person's own has none.

    Raises:
        StatementRefused: It does what it may not do, or takes more than *limits*.
        QueryRejected: ClickHouse refused it, for example because it names a column that is not there.
        StoreUnavailable: Nobody answers.
    """
    restricted = projects is not None
    sql = checked(statement, restricted=restricted, bound=(values or {}).keys())
    settings = limits.settings() | (restriction(store.database, projects) if projects is not None else {})
    with engine_refusals(limits, restricted=restricted):
        stream = contextlib.ExitStack()
        columns, blocks = stream.enter_context(store.stream(sql, settings, values))
    with stream:
        yield Answer(columns, _rows(blocks, limits, restricted))


def _rows(blocks: Iterator[Sequence[Sequence[Any]]], limits: Limits, restricted: bool) -> Iterator[Sequence[Any]]:
    # Errors may come between two blocks; those of whoever takes the rows are not the engine's. The engine counts the
    # rows of a result, but not those that arrayJoin() makes of a constant.
    left = limits.max_rows
    with engine_refusals(limits, restricted=restricted):
        for block in blocks:
            if len(block) > left:
                raise StatementRefused(too_large(limits))
            left -= len(block)
            yield from block
