"""
Runs all parts: starts them stage by stage, says when every one answers, and stops them in order.

The first request to stop lets each part finish, the second one does not wait.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Final

from spanmill_deploy.guard import Guard
from spanmill_deploy.keeper import Keeper
from spanmill_deploy.logs import LogWriter
from spanmill_deploy.part import Part, StopStep

STOP_BY_S: Final = {StopStep.INTAKE: 4.0, StopStep.SCORING: 6.5, StopStep.DATABASES: 9.0}
"""Seconds after the request to stop at which the parts of a step are killed; all of it must fit into 10 s."""

logger = logging.getLogger(__name__)


class Supervisor:
    """
    Runs the parts of an installation.

    Args:
        stages: The parts, in groups; the parts of a group start when all of the group before it answer.
        environment: The environment of every part.
        writer: Where the parts' lines go.
        guard: Ends the parts if this process is killed.
        announce: Called once, when every part answers.
        make_keeper: Makes the keeper of a part; tests pass one with shorter delays.
    """

    def __init__(
        self,
        stages: Sequence[Sequence[Part]],
        environment: Mapping[str, str],
        writer: LogWriter,
        guard: Guard,
        announce: Callable[[], None],
        make_keeper: Callable[..., Keeper] = Keeper,
    ) -> None:
        self._stages = stages
        self._announce = announce
        self._new_keeper = partial(
            make_keeper, environment=environment, writer=writer, guard=guard, give_up=self._give_up
        )
        self._keepers: list[Keeper] = []
        self._stopping = asyncio.Event()
        self._hurry = asyncio.Event()
        self._failure: BaseException | None = None

    @property
    def is_hurried(self) -> bool:
        """Whether a second request to stop came."""
        return self._hurry.is_set()

    def request_stop(self) -> None:
        """Stop in order; asked a second time, stop at once."""
        if self._stopping.is_set():
            self._hurry.set()
        self._stopping.set()

    async def run(self) -> None:
        """
        Run the parts until `request_stop`.

        Raises:
            PartFailed: A part could not be brought to answer; all others were stopped.
        """
        starting = asyncio.create_task(self._start())
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
            await stopping
        finally:
            starting.cancel()
            stopping.cancel()
            self._stopping.set()
            await self._stop()
        if self._failure is not None:
            raise self._failure

    async def _start(self) -> None:
        for stage in self._stages:
            keepers = [self._new_keeper(part) for part in stage]
            self._keepers += keepers
            for keeper in keepers:
                keeper.start()
            for keeper in keepers:
                await keeper.has_answered.wait()
        self._announce()

    async def _stop(self) -> None:
        begun = asyncio.get_running_loop().time()
        by_step = sorted(self._keepers, key=lambda keeper: keeper.part.stop_step)
        for step, keepers in groupby(by_step, key=lambda keeper: keeper.part.stop_step):
            deadline = begun + STOP_BY_S[step]
            await asyncio.gather(*(keeper.stop(deadline, self._hurry) for keeper in keepers))
        logger.info("all parts have stopped")

    def _give_up(self, reason: BaseException) -> None:
        if self._failure is None:
            self._failure = reason
            logger.error("giving up, all parts are stopped")
        self._stopping.set()
