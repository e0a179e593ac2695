"""The guard, which ends the parts of a supervisor that was killed."""

import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from spanmill_deploy import sessions
from spanmill_deploy.backoff import Backoff
from spanmill_deploy.guard import watched
from support.processes import wait_until

SUPERVISOR = """
import subprocess, sys
from spanmill_deploy.guard import Guard
with Guard() as guard:
    for program in sys.argv[1:]:
        part = subprocess.Popen([sys.executable, "-S", "-c", program], start_new_session=True, stdout=subprocess.PIPE)
        guard.watch(part.pid)
        part.stdout.readline()
        print(part.pid, flush=True)
    sys.stdin.read()
"""
PART = "import time; print(flush=True); time.sleep(60)"


def test_killed_supervisor() -> None:
    """After SIGKILL of the supervisor no part lingers."""
    command = [sys.executable, "-c", SUPERVISOR, PART, PART]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as supervisor:
        assert supervisor.stdout is not None
        pids = [int(supervisor.stdout.readline()) for _ in range(2)]
        assert all(sessions.is_alive(pid) for pid in pids)
        supervisor.kill()
    wait_until(lambda: not any(sessions.is_alive(pid) for pid in pids), "the guard", timeout_s=10)


def test_forgotten_sessions() -> None:
    """A session that was taken back is not ended, since its number may be another's by now."""
    assert watched([b"+10\n", b"+11\n", b"-10\n", b"+12\n"]) == [11, 12]


@given(st.lists(st.floats(0, 59), max_size=40), st.floats(0, 1))
def test_backoff_grows_to_its_cap(lives_s: list[float], jitter: float) -> None:
    """Delays double up to the cap; jitter takes away half at most."""
    backoff = Backoff(jitter=lambda: jitter)
    for number, lived_s in enumerate(lives_s):
        longest_s = min(30.0, 0.5 * 2**number)
        assert longest_s / 2 <= backoff.next_delay_s(lived_s) <= longest_s


def test_backoff_forgives() -> None:
    """A part that ran for a minute starts again from the shortest delay."""
    backoff = Backoff(jitter=lambda: 1.0)
    assert [backoff.next_delay_s(lived_s) for lived_s in (0, 0, 0, 60, 0)] == [0.5, 1.0, 2.0, 0.5, 1.0]
