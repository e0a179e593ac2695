"""
Processes by session, so that what a part has started can be ended with it.

Each part leads a session. A process group would not do: an RQ worker puts the process that runs a job into a group of
its own, but it stays in the session.
"""

import contextlib
import os
import signal
import subprocess
from pathlib import Path

PROC = Path("/proc")


def members(session_id: int) -> list[int]:
    """Ids of the processes in session *session_id*, those that ended but were not yet reaped included."""
    found = []
    for pid in _all_pids():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.getsid(pid) == session_id:
                found.append(pid)
    return found


def kill(session_id: int) -> None:
    """End all processes of session *session_id* at once."""
    for pid in members(session_id):
        signal_process(pid, signal.SIGKILL)


def signal_process(pid: int, signum: signal.Signals) -> None:
    """Send *signum* to *pid* unless it is gone already."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signum)


def is_alive(pid: int) -> bool:
    """Whether a process *pid* exists and has not ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _has_ended(pid)


def _has_ended(pid: int) -> bool:
    """Whether *pid* is only waiting for its parent to notice its end; unknown where there is no /proc."""
    try:
        status = PROC.joinpath(str(pid), "stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] == "Z"


def _all_pids() -> list[int]:
    if PROC.joinpath("self").exists():
        return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]
    # macOS has no /proc; its `ps` is part of the system.
    listing = subprocess.run(["/bin/ps", "-axo", "pid="], capture_output=True, text=True, check=True)
    return [int(pid) for pid in listing.stdout.split()]
