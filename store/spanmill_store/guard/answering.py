"""What is said when the engine stops a question: one sentence with the remedy, and nothing of other projects."""

import contextlib
from collections.abc import Iterator
from typing import Final

from spanmill_store.errors import QueryRejected, StatementRefused, StoreError
from spanmill_store.guard.limits import Limits

_TOO_LONG: Final = frozenset({159, 160, 394})
_TOO_MUCH_MEMORY: Final = 241
_TOO_LARGE: Final = frozenset({158, 307, 396})
_QUOTA: Final = 201
_BEFORE_READING: Final = frozenset(
    {10, 16, 35, 36, 42, 43, 44, 46, 47, 48, 50, 52, 53, 60, 62, 63, 80, 184, 179, 207, 215, 352, 386}
)
"""
Errors that ClickHouse finds before it reads a row: unknown names, wrong types and numbers of arguments, and the like.
What it says of others may quote a value that it stumbled over.
"""


@contextlib.contextmanager
def engine_refusals(limits: Limits, *, restricted: bool) -> Iterator[None]:
    """
    Turn the engine's own refusals inside the block into `StatementRefused`.

    Raises:
        StatementRefused: A limit was reached, or, for a *restricted* question, computing failed.
        StoreError: Anything else.
    """
    try:
        yield
    except StoreError as error:
        sentence = _sentence(error, limits)
        if sentence:
            raise StatementRefused(sentence) from error
        if restricted and isinstance(error, QueryRejected) and error.code not in _BEFORE_READING:
            raise StatementRefused(
                f"ClickHouse cannot compute it (code {error.code}): where a value may not fit, take a function that "
                "gives NULL, such as toUInt32OrNull."
            ) from None
        raise


def too_large(limits: Limits) -> str:
    """What is said of a result that is too large."""
    return (
        f"The result is larger than {limits.max_rows} rows or {limits.max_result_bytes >> 20} MiB: add a LIMIT, select "
        "fewer columns, or allow more with --max-rows."
    )


def _sentence(error: StoreError, limits: Limits) -> str | None:
    if error.code in _TOO_LONG:
        return (
            f"The statement took longer than {limits.timeout_s:g} s and was stopped: narrow it, for example to "
            "Timestamp >= now() - INTERVAL 1 HOUR, or allow more with --timeout-s."
        )
    if error.code in _TOO_LARGE:
        return too_large(limits)
    if error.code == _TOO_MUCH_MEMORY and "(total)" not in str(error):
        return (
            f"The statement needs more than {limits.max_memory_bytes // 1_000_000} MB of memory and was stopped: "
            "narrow it, select fewer columns, or group by fewer values."
        )
    if error.code == _QUOTA:
        return "You have asked as much as your quota allows for now: wait, or ask the operator for more."
    return None
