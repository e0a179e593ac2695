"""Threads that never keep the process from ending."""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def in_daemon_thread(call: Callable[[], T], name: str) -> T:
    """
    Run the blocking *call* in a thread of its own and wait for its result.

    An executor's threads are joined when the interpreter ends; a daemon thread is not, so that a server which does not
    answer cannot delay a stop. Cancelling the wait leaves the call running.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[T] = loop.create_future()

    def deliver(result: T | None, error: BaseException | None) -> None:
        if outcome.done():
            return
        if error is not None:
            outcome.set_exception(error)
        else:
            outcome.set_result(result)  # type: ignore[arg-type]  # a call without error has returned a T

    def run() -> None:
        result, error = None, None
        try:
            result = call()
        except BaseException as raised:  # noqa: BLE001 - raised again where the call is awaited
            error = raised
        # The loop may be closed when an abandoned call returns: then nobody waits for it.
        if not loop.is_closed():
            loop.call_soon_threadsafe(deliver, result, error)

    threading.Thread(target=run, name=name, daemon=True).start()
    return await outcome
