"""
What has to be done for the store now and then, by whichever process runs for long: the planner does it.

Any round may fail or be left out, and several processes may do it at once: what was not done is done by the next round.
"""

import contextlib
import itertools
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from spanmill_store import packing, usage
from spanmill_store.client import Store
from spanmill_store.errors import SpanmillError
from spanmill_store.settings import Settings

EVERY_S: Final = 30.0
THOROUGH_EVERY: Final = 20
"""Rounds from one that looks at everything of the last day to the next; those between look at what has just come in."""

ENDS_IN_S: Final = 1.0

logger = logging.getLogger(__name__)


Duty = Callable[[Store, Settings, bool], None]
"""``duty(store, settings, is_thorough)``: do it, or raise."""


def tick(store: Store, settings: Settings, *, is_thorough: bool = True) -> dict[str, str]:
    """Do every duty once; return what kept one from being done, by its name. Never raises."""
    problems = {name: _problem(duty, store, settings, is_thorough=is_thorough) for name, duty in DUTIES.items()}
    return {name: problem for name, problem in problems.items() if problem}


def run(store: Store, settings: Settings, stop: threading.Event, every_s: float = EVERY_S) -> None:
    """Tick until *stop* is set. A problem is told when it comes and when it changes, not in every round."""
    told: dict[str, str] = {}
    for number in itertools.count():
        problems = tick(store, settings, is_thorough=number % THOROUGH_EVERY == 0)
        for name, problem in problems.items():
            if told.get(name) != problem:
                logger.warning("%s: %s It is tried again every %g s.", name, problem, every_s)
        told = problems
        if stop.wait(every_s):
            return


@contextlib.contextmanager
def beside(settings: Settings, stop: threading.Event, every_s: float = EVERY_S) -> Iterator[None]:
    """
    Run in a thread, with a connection of its own, while the block runs.

    What it may be doing at the end is not waited for long: the next process does it again.
    """
    with Store.connect(settings.clickhouse) as store:
        thread = threading.Thread(target=run, args=(store, settings, stop, every_s), name="upkeep", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(ENDS_IN_S)


def _problem(duty: Duty, store: Store, settings: Settings, *, is_thorough: bool) -> str:
    try:
        duty(store, settings, is_thorough)
    except SpanmillError as error:
        return str(error)
    except Exception as error:
        # A mistake of ours in upkeep must not end the process that does it on the side.
        logger.exception("upkeep failed")
        return f"{type(error).__name__}: {error}"
    return ""


def _prices(store: Store, settings: Settings, is_thorough: bool) -> None:
    """Know the price of every model that is used, and the cost of every span that can have one."""
    from spanmill_store.prices.sync import DAY_S, RECENT_S, sync  # noqa: PLC0415 - it is only needed here

    done = sync(store, settings.prices, within_s=DAY_S if is_thorough else RECENT_S)
    if done.rows or done.spans:
        logger.info("%d prices written, %d spans given a cost", done.rows, done.spans)


def _usage(store: Store, settings: Settings, is_thorough: bool) -> None:  # noqa: ARG001 - as every duty is called
    """Count the minutes whose traces have changed."""
    usage.fold(store)


def _packing(store: Store, settings: Settings, is_thorough: bool) -> None:  # noqa: ARG001 - as every duty is called
    """Keep repeated messages of a day that is over once, a day in a round, so that nothing else waits for long."""
    from spanmill_store.removal.lock import Busy  # noqa: PLC0415 - it is only needed here

    with contextlib.suppress(Busy):
        for done in packing.pack(store, max_days=1) if is_thorough else ():
            logger.info("%s", done)


def _forgetting(store: Store, settings: Settings, is_thorough: bool) -> None:  # noqa: ARG001 - as every duty is called
    """Remove what was forgotten and came again, and finish what was interrupted."""
    from spanmill_store.forgetting.late import forget_late  # noqa: PLC0415 - it is only needed here
    from spanmill_store.removal.lock import Busy  # noqa: PLC0415

    with contextlib.suppress(Busy):
        if lists := forget_late(store):
            logger.info("%d requests to forget carried out", lists)


def _retention(store: Store, settings: Settings, is_thorough: bool) -> None:  # noqa: ARG001 - as every duty is called
    """Remove what has expired."""
    from spanmill_store.removal.lock import Busy  # noqa: PLC0415 - it is only needed here
    from spanmill_store.retention.enforcement import enforce  # noqa: PLC0415

    with contextlib.suppress(Busy):
        for one in enforce(store):
            logger.info("%d rows of %s have expired (%s)", one.rows, one.table, one.day)


DUTIES: Final[Mapping[str, Duty]] = {
    "prices": _prices,
    "usage": _usage,
    "forgetting": _forgetting,
    "retention": _retention,
    "packing": _packing,
}
"""Everything that is done, by name."""
