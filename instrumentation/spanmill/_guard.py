"""The border between the shim and its host: what fails inside it is told, never raised."""

import contextlib
import logging
from typing import Protocol


class FailurePolicy(Protocol):
    """What to do when the shim could not do something; to raise is allowed, and what tests do."""

    def __call__(self, action: str, error: Exception) -> None:
        """Take notice that *action*, worded to follow "could not", failed with *error*."""


class LogOnce:
    """Log an action's first failure as one line, with the traceback when the logger shows DEBUG."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._logged: set[str] = set()

    def __call__(self, action: str, error: Exception) -> None:
        """Log unless *action* has failed before."""
        if action in self._logged:
            return
        self._logged.add(action)
        with contextlib.suppress(Exception):  # an error whose text cannot be made must not harm the host either
            details = self._logger.isEnabledFor(logging.DEBUG)
            self._logger.warning(
                "spanmill could not %s: %s: %s", action, type(error).__name__, error, exc_info=details and error
            )


class Guard:
    """
    Runs the shim's own work so that a failure never reaches the host.

    Only `Exception` is held back: a host that is told to stop, stops. The host's own code must never run inside.
    """

    def __init__(self, on_failure: FailurePolicy) -> None:
        self._on_failure = on_failure

    def attempt(self, action: str) -> "Attempt":
        """Context manager that gives what its block raises to the failure policy, as a failure to *action*."""
        return Attempt(action, self._on_failure)

    def report(self, action: str, error: Exception) -> None:
        """
        Give *error* to the failure policy, as a failure to *action*.

        For what runs at each call of the host's functions: ``try`` and ``except`` cost nothing there, a context manager
        half a microsecond.
        """
        self._on_failure(action, error)


class Attempt:
    """One guarded block, see `Guard.attempt`."""

    def __init__(self, action: str, on_failure: FailurePolicy) -> None:
        self._action = action
        self._on_failure = on_failure

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, Exception):
            return False
        self._on_failure(self._action, error)
        return True
