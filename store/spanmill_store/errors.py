"""
What can go wrong in a spanmill installation, as a user is told it.

::

    SpanmillError             one sentence that names the thing, the value and the remedy
      SettingsError           a setting is unknown or does not fit
      StoreError              ClickHouse said no
        StoreUnavailable      nobody answers, or the server is overloaded: try again
        QueryRejected         the statement or its data is at fault: trying again is useless
      StatementRefused        SQL of a person does what it may not, or takes more than it may
      MigrationError          the schema on the server is not one that this version may touch
"""

from typing import Final


class SpanmillError(Exception):
    """
    An error that is the user's to mend, so it is shown as one sentence and without a traceback.

    Every part derives its own errors from this class; the command line turns them into exit code 1.
    """

    is_shown_to_user = True


class SettingsError(SpanmillError):
    """A setting is unknown or its value does not fit."""


class StoreError(SpanmillError):
    """
    ClickHouse refused or could not be asked.

    Attributes:
        code: ClickHouse's numeric error code, 0 where none was given.
    """

    def __init__(self, message: str, code: int = 0) -> None:
        super().__init__(message)
        self.code = code


class StoreUnavailable(StoreError):
    """Nobody answers, or the server is overloaded: the same call may succeed later."""


class QueryRejected(StoreError):
    """The statement or its data is at fault: the same call will fail again."""


MISSING: Final = frozenset({60, 81})
"""Codes of a `QueryRejected` that say there is no such table (UNKNOWN_TABLE) or database (UNKNOWN_DATABASE)."""


class StatementRefused(SpanmillError):
    """SQL that a person wrote does what it may not do, or takes more time, memory or rows than it may."""


class MigrationError(SpanmillError):
    """The schema on the server is not one that this version may touch."""
