"""
The process that ends the parts when the supervisor can no longer do it.

A supervisor that is killed with SIGKILL cannot tell its parts to stop. So it starts this guard first, tells it through
a pipe which sessions it has started, and holds the pipe open as long as it lives. When the pipe closes, for whatever
reason, the guard ends the sessions that were not taken back. That works alike on Linux and macOS and asks nothing of
the parts. The guard also holds the lock on the data directory until the last part is gone.
"""

import logging
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from typing import IO, Final, Self

from spanmill_deploy import sessions

GRACE_S: Final = 5.0

logger = logging.getLogger(__name__)


class Guard:
    """The supervisor's side of the pipe."""

    def __init__(self, held_fds: tuple[int, ...] = ()) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "spanmill_deploy.guard"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=held_fds,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Close the pipe and wait until the guard has ended what is still on its list."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()

    def watch(self, session_id: int) -> None:
        """End *session_id* when the supervisor is gone."""
        self._say("+", session_id)

    def forget(self, session_id: int) -> None:
        """*session_id* has ended; its number may soon belong to somebody else."""
        self._say("-", session_id)

    def _say(self, sign: str, session_id: int) -> None:
        pipe = self._process.stdin
        if pipe is None or pipe.closed:
            return
        try:
            pipe.write(f"{sign}{session_id}\n".encode())
            pipe.flush()
        except OSError:
            pipe.close()
            logger.warning("the guard process is gone: if this process is killed, its parts will stay behind")


def watched(lines: Iterable[bytes]) -> list[int]:
    """Read *lines* to their end and return the sessions that were watched and not forgotten, in order of start."""
    found: dict[int, None] = {}
    for line in lines:
        session_id = int(line[1:])
        if line.startswith(b"+"):
            found[session_id] = None
        else:
            found.pop(session_id, None)
    return list(found)


def end(session_ids: list[int], grace_s: float = GRACE_S) -> None:
    """Ask the leaders of *session_ids* to stop, and kill what is left after *grace_s*."""
    for session_id in reversed(session_ids):
        sessions.signal_process(session_id, signal.SIGTERM)
    deadline = time.monotonic() + grace_s
    while time.monotonic() < deadline and any(sessions.members(session_id) for session_id in session_ids):
        time.sleep(0.05)
    for session_id in session_ids:
        sessions.kill(session_id)


def main(pipe: IO[bytes]) -> None:
    """Wait until the supervisor is gone, then end what it left."""
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)
    end(watched(pipe))


if __name__ == "__main__":
    main(sys.stdin.buffer)
