"""
SQL that people write: run read-only, answered block by block.

The statement goes to the server as it is, with settings that forbid writing and changing settings and that bound its
time. What a statement may read is not restricted further yet: whoever may use this command may read the database.
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from spanmill_store.client import Store

READ_ONLY: Final = {"readonly": 1}
"""No writes, no settings, and with them no table functions that read files or other servers."""


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
def answer(store: Store, statement: str) -> Iterator[Answer]:
    """
    Run *statement* and give its rows as they come, so that a large result needs little memory.

    Raises:
        QueryRejected: ClickHouse refused it, for example because it writes.
        StoreUnavailable: Nobody answers.
    """
    with store.stream(statement, READ_ONLY) as (columns, blocks):
        yield Answer(columns, (row for block in blocks for row in block))
