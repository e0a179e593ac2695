"""The supervisor with small parts made of `python -c`: start, restart, stop, labels."""

import asyncio
import io
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from spanmill_deploy import sessions
from spanmill_deploy.backoff import Backoff
from spanmill_deploy.errors import PartFailed
from spanmill_deploy.guard import Guard
from spanmill_deploy.keeper import Keeper
from spanmill_deploy.logs import LogWriter
from spanmill_deploy.part import Part, StopStep
from spanmill_deploy.supervisor import Supervisor

SLEEPS = "import time; time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"

Scenario = Callable[[Supervisor], Awaitable[None]]


def python(name: str, program: str, **fields: Any) -> Part:
    """A part that runs *program*."""
    return Part(name, (sys.executable, "-I", "-S", "-c", program), **fields)


def never(_pid: int) -> bool:
    """The probe of a part that never answers."""
    return False


def slow_keeper(part: Part, **given: Any) -> Keeper:
    """A keeper that waits a minute before a restart."""
    return Keeper(part, backoff=Backoff(first_s=60.0, cap_s=60.0, jitter=lambda: 1.0), **given)


def quick_keeper(part: Part, **given: Any) -> Keeper:
    """A keeper that waits some milliseconds before a restart."""
    return Keeper(part, backoff=Backoff(first_s=0.01, cap_s=0.02), **given)


class Run:
    """One run of a supervisor: the parts' log and how often it said that all answer."""

    def __init__(self, *stages: list[Part], make_keeper: Callable[..., Keeper] = quick_keeper) -> None:
        self.log = io.StringIO()
        self.announced = 0
        self._stages = stages
        self._make_keeper = make_keeper

    def __call__(self, scenario: Scenario) -> list[str]:
        """Run *scenario* beside the supervisor, stop it, and return the log lines."""
        asyncio.run(self._run(scenario))
        return self.lines

    @property
    def lines(self) -> list[str]:
        """What was logged up to now."""
        return self.log.getvalue().splitlines()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for *condition*; the test's own timeout ends it if it never comes."""
        while not condition():  # noqa: ASYNC110 - log text and process ids have no event to wait for
            await asyncio.sleep(0.01)

    async def ready(self) -> None:
        """Wait until all parts answer."""
        await self.until(lambda: self.announced > 0)

    def _announce(self) -> None:
        self.announced += 1

    async def _run(self, scenario: Scenario) -> None:
        names = [part.name for stage in self._stages for part in stage]
        with Guard() as guard:
            writer = LogWriter(self.log, names)
            supervisor = Supervisor(self._stages, os.environ, writer, guard, self._announce, self._make_keeper)
            acting = asyncio.create_task(self._act(supervisor, scenario))
            try:
                await supervisor.run()
            finally:
                acting.cancel()

    async def _act(self, supervisor: Supervisor, scenario: Scenario) -> None:
        await scenario(supervisor)
        supervisor.request_stop()


def pid_in(lines: list[str]) -> int:
    """The process id that a part printed last."""
    return int(lines[-1].rpartition(" ")[2])


class TestStart:
    """Stages and readiness."""

    def test_stages(self, tmp_path: Path) -> None:
        """A stage starts when the one before it answers, one-shot parts by ending well, and ready is said once."""
        marker = tmp_path / "made"
        run = Run(
            [python("first", f"open({str(marker)!r}, 'w'); {SLEEPS}", answers=lambda _: marker.exists())],
            [python("schema", f"import os; print(os.path.exists({str(marker)!r}))", is_one_shot=True)],
            [python("last", SLEEPS)],
        )

        async def scenario(_supervisor: Supervisor) -> None:
            await run.ready()

        assert [line for line in run(scenario) if line.startswith("schema")] == ["schema | True"]
        assert run.announced == 1

    def test_hopeless_part(self) -> None:
        """A part that dies three times before it answers ends the run with a sentence that quotes it."""
        run = Run(
            [python("good", SLEEPS)],
            [python("bad", "raise SystemExit('Error: no such rule')", answers=never)],
        )

        async def scenario(_supervisor: Supervisor) -> None:
            await asyncio.sleep(60)

        with pytest.raises(PartFailed) as failure:
            run(scenario)
        sentence = "bad ended 3 times before it answered (exit code 1); it said: no such rule"
        assert str(failure.value) == sentence
        assert run.announced == 0

    def test_settling(self) -> None:
        """A part that nobody can ask must have run for a while: one that ends before that never answered."""
        run = Run([python("hasty", "raise SystemExit('Error: no rules')", settle_s=60.0)])

        async def scenario(_supervisor: Supervisor) -> None:
            await asyncio.sleep(60)

        with pytest.raises(PartFailed, match=r"hasty ended 3 times before it answered .* no rules"):
            run(scenario)

    def test_failing_one_shot(self) -> None:
        """A one-shot part has one chance."""
        run = Run([python("schema", "print('one'); print('two'); raise SystemExit(3)", is_one_shot=True)])

        async def scenario(_supervisor: Supervisor) -> None:
            await asyncio.sleep(60)

        with pytest.raises(PartFailed, match=r"schema ended before it answered \(exit code 3\); it said: one / two"):
            run(scenario)

    def test_missing_program(self) -> None:
        """A program that is not there ends the run instead of hanging it."""
        run = Run([Part("gone", ("/nonexistent/program",))])

        async def scenario(_supervisor: Supervisor) -> None:
            await asyncio.sleep(60)

        with pytest.raises(FileNotFoundError):
            run(scenario)


class TestRestart:
    """Parts that die."""

    def test_others_go_on(self, caplog: pytest.LogCaptureFixture) -> None:
        """A part that is killed is started again, said once with its signal and delay, and the others keep running."""
        show = f"import os; print('i am', os.getpid(), flush=True); {SLEEPS}"
        run = Run([python("one", show), python("two", show)])
        pids: dict[str, list[int]] = {"one": [], "two": []}

        def collect() -> dict[str, list[int]]:
            for name in pids:
                pids[name] = [int(line.split()[-1]) for line in run.lines if line.startswith(name)]
            return pids

        async def scenario(_supervisor: Supervisor) -> None:
            await run.until(lambda: all(collect().values()))
            os.kill(pids["one"][0], signal.SIGKILL)
            await run.until(lambda: len(collect()["one"]) == 2)
            assert sessions.is_alive(pids["two"][0])

        run(scenario)
        assert [len(found) for found in pids.values()] == [2, 1]
        said = [record.getMessage() for record in caplog.records if "ended" in record.getMessage()]
        assert len(said) == 1
        assert said[0].startswith("one ended with signal 9, next start in 0.0")

    def test_leftovers(self) -> None:
        """What a part started is gone before the part is started again, even in a process group of its own."""
        child = "import os, time; os.setpgid(0, 0); time.sleep(60)"
        parent = (
            "import subprocess, sys, time\n"
            f"print('child', subprocess.Popen([sys.executable, '-S', '-c', {child!r}]).pid, flush=True)\n"
            "time.sleep(60)"
        )
        run = Run([python("parent", parent)])
        seen: list[int] = []

        async def scenario(_supervisor: Supervisor) -> None:
            await run.until(lambda: bool(run.lines))
            seen.append(pid_in(run.lines))
            os.kill(os.getsid(seen[0]), signal.SIGKILL)
            await run.until(lambda: len(run.lines) == 2)
            assert not sessions.is_alive(seen[0])
            seen.append(pid_in(run.lines))

        run(scenario)
        assert not any(sessions.is_alive(pid) for pid in seen)


class TestStop:
    """The end of a run."""

    def test_order(self) -> None:
        """Intake stops before scoring, scoring before the databases, whatever the order of start."""
        polite = (
            "import os, signal, time\n"
            "signal.signal(signal.SIGTERM, lambda *_: (os.write(1, b'bye\\n'), os._exit(0)))\n"
            "print('up', flush=True); time.sleep(60)"
        )
        run = Run(
            [python("c", polite, stop_step=StopStep.DATABASES)],
            [python("a", polite), python("b", polite, stop_step=StopStep.SCORING)],
        )

        async def scenario(_supervisor: Supervisor) -> None:
            await run.until(lambda: len(run.lines) == 3)

        assert run(scenario)[-3:] == ["a | bye", "b | bye", "c | bye"]

    def test_second_request(self) -> None:
        """A second request kills at once what does not heed the first."""
        run = Run([python("stubborn", STUBBORN, stop_step=StopStep.DATABASES)])
        took_s: list[float] = []

        async def scenario(supervisor: Supervisor) -> None:
            await run.until(lambda: bool(run.lines))
            supervisor.request_stop()
            took_s.append(asyncio.get_running_loop().time())
            await asyncio.sleep(0.2)
            assert run.log.getvalue() == "stubborn | up\n"

        run(scenario)
        assert took_s

    def test_during_start(self) -> None:
        """A stop while a part does not answer yet ends it."""
        run = Run([python("slow", f"print('up', flush=True); {SLEEPS}", answers=never)])

        async def scenario(_supervisor: Supervisor) -> None:
            await run.until(lambda: bool(run.lines))

        run(scenario)
        assert run.announced == 0

    def test_during_backoff(self) -> None:
        """A stop does not wait for a part that waits for its next start."""
        run = Run([python("dead", "print('up', flush=True)")], make_keeper=slow_keeper)

        async def scenario(_supervisor: Supervisor) -> None:
            await run.until(lambda: bool(run.lines))
            await asyncio.sleep(0.1)

        run(scenario)
        assert run.lines == ["dead | up"]
