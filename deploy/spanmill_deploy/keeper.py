"""
Keeps one part running: starts it, asks until it answers, passes its lines on, restarts it when it dies, stops it.

A part that dies before it ever answered is given a few chances only: what ails it then is a setting, not chance.
"""

import asyncio
import contextlib
import logging
import os
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final

from spanmill_deploy import sessions
from spanmill_deploy.backoff import Backoff
from spanmill_deploy.errors import PartFailed
from spanmill_deploy.guard import Guard
from spanmill_deploy.logs import Lines, LogWriter, plain
from spanmill_deploy.part import Part, ending

MAX_EARLY_FAILURES: Final = 3
PROBE_INTERVAL_S: Final = 0.1
SLOW_START_S: Final = 30.0

logger = logging.getLogger(__name__)


class Keeper:
    """
    Keeps one part running until `stop`.

    Args:
        part: What to run.
        environment: The process's environment.
        writer: Where its lines go.
        guard: Told of each process, so that none outlives a killed supervisor.
        give_up: Called once with the reason when the part cannot be kept running.
        backoff: How long to wait before a restart.
    """

    def __init__(
        self,
        part: Part,
        environment: Mapping[str, str],
        writer: LogWriter,
        guard: Guard,
        give_up: Callable[[BaseException], None],
        backoff: Backoff | None = None,
    ) -> None:
        self.part = part
        self.has_answered = asyncio.Event()
        self._environment = environment
        self._writer = writer
        self._guard = guard
        self._give_up = give_up
        self._backoff = backoff or Backoff()
        self._stopping = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._last_lines: deque[str] = deque(maxlen=3)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to keep the part running."""
        self._task = asyncio.create_task(self._keep(), name=self.part.name)
        self._task.add_done_callback(self._pass_failure_on)

    async def stop(self, deadline: float, hurry: asyncio.Event) -> None:
        """
        Ask the part to stop and wait until it has; kill it at *deadline* (the loop's time) or when *hurry* is set.

        Whatever processes it started and left behind are killed as well.
        """
        self._stopping.set()
        if self._task is None:
            return
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
        hurried = asyncio.create_task(hurry.wait())
        timeout_s = max(0.0, deadline - asyncio.get_running_loop().time())
        await asyncio.wait({self._task, hurried}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        hurried.cancel()
        if not self._task.done() and self._process is not None:
            logger.warning("%s did not stop in time and is killed", self.part.name)
            sessions.kill(self._process.pid)
        await asyncio.wait({self._task})

    async def _keep(self) -> None:
        clock = asyncio.get_running_loop().time
        while not self._stopping.is_set():
            started = clock()
            exit_code = await self._run_once()
            if self._stopping.is_set():
                return
            if self.part.is_one_shot and exit_code == 0:
                self.has_answered.set()
                return
            delay_s = self._backoff.next_delay_s(clock() - started)
            self._require_hope(exit_code)
            logger.warning("%s ended with %s, next start in %.1f s", self.part.name, ending(exit_code), delay_s)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), delay_s)

    async def _run_once(self) -> int:
        """Run the process to its end and return its exit code, negative for a signal."""
        read_end, write_end = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *self.part.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=write_end,
                stderr=write_end,
                env=self._environment,
                start_new_session=True,
            )
        except OSError:
            os.close(read_end)
            raise
        finally:
            os.close(write_end)
        self._process = process
        self._guard.watch(process.pid)
        if self._stopping.is_set():  # `stop` came while the process was being made, and found none to tell
            process.terminate()
        lines = asyncio.create_task(self._pass_lines_on(read_end))
        probing = asyncio.create_task(self._probe(process.pid))
        try:
            return await process.wait()
        finally:
            probing.cancel()
            sessions.kill(process.pid)  # what the part itself had started
            await asyncio.wait({lines}, timeout=1.0)
            lines.cancel()
            self._guard.forget(process.pid)
            self._process = None

    async def _probe(self, pid: int) -> None:
        """Ask until the part answers once."""
        if self.part.is_one_shot:
            return
        clock = asyncio.get_running_loop().time
        complain_at = clock() + SLOW_START_S
        await asyncio.sleep(self.part.settle_s)
        while self.part.answers is not None and not await asyncio.to_thread(self.part.answers, pid):
            await asyncio.sleep(PROBE_INTERVAL_S)
            if clock() >= complain_at:
                logger.warning("%s runs but does not answer yet", self.part.name)
                complain_at += SLOW_START_S
        logger.info("%s answers", self.part.name)
        self.has_answered.set()

    async def _pass_lines_on(self, read_end: int) -> None:
        reader = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(read_end, "rb")
        )
        lines = Lines()
        try:
            while data := await reader.read(65536):
                for line in lines.feed(data):
                    self._pass_on(line)
        finally:
            for line in lines.end():
                self._pass_on(line)
            transport.close()

    def _pass_on(self, line: str) -> None:
        if text := plain(line):
            self._last_lines.append(text)
            self._writer.write(self.part.name, text)

    def _require_hope(self, exit_code: int) -> None:
        """
        Refuse to go on with a part that never answered.

        Raises:
            PartFailed: It had all its chances.
        """
        chances = 1 if self.part.is_one_shot else MAX_EARLY_FAILURES
        if self.has_answered.is_set() or self._backoff.failures < chances:
            return
        times = "" if chances == 1 else f" {chances} times"
        message = f"{self.part.name} ended{times} before it answered ({ending(exit_code)}); {self._last_words()}"
        raise PartFailed(message)

    def _last_words(self) -> str:
        """What the part printed last; of a command of ours the one sentence that says what is wrong."""
        if not self._last_lines:
            return "it printed nothing."
        last = self._last_lines[-1]
        said = last.removeprefix("Error: ") if last.startswith("Error: ") else " / ".join(self._last_lines)
        return f"it said: {said}"

    def _pass_failure_on(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._give_up(error)
