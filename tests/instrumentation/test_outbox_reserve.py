"""An outbox that may let go of what it cannot send: at the end, and while a collector is slow."""

import logging
import threading
from collections.abc import Sequence

import pytest

from spanmill import _outbox
from spanmill._guard import Guard
from spanmill._losses import Losses
from spanmill._outbox import Outbox
from spanmill._waiting import Limits


class Reserve:
    """Keeps batches, unless it is told to fail; and gives back what it is told to have."""

    def __init__(self) -> None:
        self.kept: list[int] = []
        self.threads: set[str] = set()
        self.is_broken = False
        self.more = 0
        self.asked = 0

    def keep(self, batch: Sequence[int]) -> bool:
        """Keep it."""
        if self.is_broken:
            raise OSError
        self.threads.add(threading.current_thread().name)
        self.kept += batch
        return True

    def resend(self) -> bool:
        """Count how often it was asked."""
        self.asked += 1
        self.more = max(0, self.more - 1)
        return self.more > 0


class World:
    """An outbox with a reserve, and a collector that may hang."""

    def __init__(self) -> None:
        self.reserve = Reserve()
        self.sent: list[int] = []
        self.opens = threading.Event()
        self.opens.set()
        self.losses = Losses(logging.getLogger("spanmill"))
        self.failures: list[str] = []

    def send(self, batch: Sequence[int]) -> bool:
        """Take it, when it may."""
        self.opens.wait()
        self.sent += batch
        return True

    def outbox(self, **limits: int) -> Outbox[int]:
        """A new one."""
        guard = Guard(lambda action, _: self.failures.append(action))
        return Outbox(self.send, lambda _: 1, self.losses, Limits(**limits), guard, self.reserve)


@pytest.fixture
def world() -> World:
    """All is well."""
    return World()


def test_all_is_sent_while_all_is_well(world: World) -> None:
    """Nothing is kept, and the reserve is asked once nothing else is to be sent."""
    outbox = world.outbox(batch=10, max_items=30)
    world.reserve.more = 5
    for number in range(30):
        outbox.put(number)
    assert outbox.flush(5)
    outbox.close(5)
    assert (world.sent, world.reserve.kept) == (list(range(30)), [])
    assert world.reserve.asked >= 5


@pytest.mark.parametrize("end", ["close", "end"])
def test_a_collector_that_hangs_at_the_end(world: World, end: str) -> None:
    """What it was not sent in half of the time is kept, what is under way too, by whoever waits for the end."""
    outbox = world.outbox(batch=10)
    world.opens.clear()
    for number in range(95):
        outbox.put(number)
    getattr(outbox, end)(1.0)
    assert sorted(world.reserve.kept) == list(range(95))
    assert world.losses.totals() == {}
    world.opens.set()


def test_a_reserve_that_fails_at_the_end(world: World) -> None:
    """It is told, and what is lost is counted as without one."""
    outbox = world.outbox(batch=10)
    world.opens.clear()
    world.reserve.is_broken = True
    for number in range(95):
        outbox.put(number)
    outbox.close(0.2)
    assert world.losses.totals() == {"process ended": 95}
    assert set(world.failures) == {"keep what was not sent"}
    world.opens.set()


def test_a_collector_that_is_slow(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It gets what it can take; before there is no room left, the sending thread lets go of the rest."""
    monkeypatch.setattr(_outbox, "AWAY_AFTER_S", 0.0)  # each send is a slow one
    outbox = world.outbox(batch=10, max_items=100)
    world.opens.clear()
    for number in range(100):
        outbox.put(number)
    world.opens.set()
    assert outbox.flush(5)
    assert sorted(world.sent + world.reserve.kept) == list(range(100))
    assert len(world.reserve.kept) == 40
    assert world.reserve.threads == {_outbox.THREAD}
    assert world.losses.totals() == {}
    outbox.close(5)
