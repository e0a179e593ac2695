"""What waits to be sent: nothing is lost without being counted, and nobody who puts something in is held up."""

import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence

import pytest

from spanmill import _outbox
from spanmill._guard import Guard
from spanmill._losses import Losses
from spanmill._outbox import Outbox
from spanmill._waiting import Limits
from support.processes import wait_until


def _raise(action: str, error: Exception) -> None:
    raise AssertionError(action) from error


GUARD = Guard(_raise)
"""Nothing fails in these tests, unless they say so."""


class Collector:
    """Takes batches, unless it is told to be away, to refuse, or to be slow."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.is_away = False
        self.refuses: Callable[[Sequence[int]], bool] = lambda _: False
        self.opens = threading.Event()
        self.opens.set()
        self.tries = 0

    def send(self, batch: Sequence[int]) -> bool:
        """Whether it took *batch*."""
        self.opens.wait()
        self.tries += 1
        if self.is_away:
            time.sleep(0.02)
        if self.is_away or self.refuses(batch):
            return False
        self.batches.append(list(batch))
        return True

    @property
    def items(self) -> list[int]:
        """All that it took, in that order."""
        return list(itertools.chain.from_iterable(self.batches))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests do not wait for seconds: an exporter that tried for 10 ms found nobody, and is asked again soon."""
    monkeypatch.setattr(_outbox, "AWAY_AFTER_S", 0.01)
    monkeypatch.setattr(_outbox, "RETRY_S", 0.01)


@pytest.fixture
def collector() -> Iterator[Collector]:
    """One that takes everything."""
    collector = Collector()
    yield collector
    collector.opens.set()


@pytest.fixture
def losses() -> Losses:
    """Nothing lost so far."""
    return Losses(logging.getLogger("spanmill"))


Made = Callable[..., "Outbox[int]"]


@pytest.fixture
def outbox_of(collector: Collector, losses: Losses) -> Iterator[Made]:
    """Makes outboxes, of which each item weighs as much as it is, and closes them."""
    made: list[Outbox[int]] = []

    def make(**limits: float) -> Outbox[int]:
        made.append(Outbox(collector.send, lambda item: item, losses, Limits(**limits), GUARD))  # type: ignore[arg-type]
        return made[-1]

    yield make
    collector.opens.set()
    for outbox in made:
        outbox.close(5)


def test_all_arrives_in_order_and_in_batches(outbox_of: Made, collector: Collector) -> None:
    """None larger than asked for, and a flush sends what does not fill one."""
    outbox = outbox_of(batch=10)
    for number in range(95):
        outbox.put(number)
    assert outbox.flush(5)
    assert collector.items == list(range(95))
    assert max(map(len, collector.batches)) == 10


def test_a_few_do_not_wait_for_others_for_ever(outbox_of: Made, collector: Collector) -> None:
    """They are sent when their time is up."""
    outbox_of(delay_s=0.05).put(1)
    wait_until(lambda: collector.items == [1], "the item", 5)


def test_the_host_runs_between_batches_until_somebody_waits(
    outbox_of: Made, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It sends no second batch while it pauses, but for a flush."""
    monkeypatch.setattr(_outbox, "PAUSES", 1e9)
    monkeypatch.setattr(_outbox, "MAX_PAUSE_S", 600)
    outbox = outbox_of(batch=10)
    for item in range(35):
        outbox.put(item)
    wait_until(lambda: bool(collector.batches), "the first batch")
    time.sleep(0.1)
    assert len(collector.batches) == 1
    assert outbox.flush(5)
    assert collector.items == list(range(35))


def test_many_threads_lose_nothing(outbox_of: Made, collector: Collector, losses: Losses) -> None:
    """Each item of each of them arrives once."""
    outbox = outbox_of(batch=7)

    def put(begin: int) -> None:
        for number in range(begin, begin + 500):
            outbox.put(number)

    threads = [threading.Thread(target=put, args=(begin,)) for begin in range(0, 4000, 500)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outbox.flush(10)
    assert sorted(collector.items) == list(range(4000))
    assert losses.totals() == {}


def test_a_collector_that_hangs_holds_nobody_up(outbox_of: Made, collector: Collector, losses: Losses) -> None:
    """What has no room is counted, and what had it arrives later."""
    outbox = outbox_of(max_items=20, batch=5)
    collector.opens.clear()
    for number in range(100):
        outbox.put(number)
    assert not outbox.flush(0.05)
    collector.opens.set()
    assert outbox.flush(5)
    taken = collector.items
    assert taken[:20] == list(range(20))
    assert losses.totals() == {"queue full": 100 - len(taken)}


def test_texts_have_their_limit_too(outbox_of: Made, collector: Collector, losses: Losses) -> None:
    """A hundred items of a megabyte are more than a hundred small ones; what is sent makes room again."""
    outbox = outbox_of(max_bytes=1000)
    for _ in range(3):
        outbox.put(400)
    assert outbox.flush(5)
    assert losses.totals() == {"queue full": 1}
    outbox.put(900)
    assert outbox.flush(5)
    assert collector.items == [400, 400, 900]


def test_an_outage_loses_nothing_while_there_is_room(outbox_of: Made, collector: Collector, losses: Losses) -> None:
    """The batch that nobody took is tried again, before those that came after it."""
    outbox = outbox_of(batch=10)
    collector.is_away = True
    for number in range(35):
        outbox.put(number)
    wait_until(lambda: collector.tries >= 3, "three tries", 5)
    assert not outbox.flush(0.05)
    collector.is_away = False
    assert outbox.flush(5)
    assert collector.items == list(range(35))
    assert losses.totals() == {}


def test_an_endless_outage_is_given_up(
    outbox_of: Made, collector: Collector, losses: Losses, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch after so many tries, so that what is sent then is not from yesterday."""
    monkeypatch.setattr(_outbox, "MAX_TRIES", 3)
    outbox = outbox_of(batch=10)
    collector.is_away = True
    for number in range(10):
        outbox.put(number)
    wait_until(lambda: losses.totals() == {"collector away": 10}, "the loss", 5)
    assert collector.tries == 3


def test_what_is_refused_is_counted_and_in_nobodys_way(outbox_of: Made, collector: Collector, losses: Losses) -> None:
    """After some tries: it would be refused for ever."""
    outbox = outbox_of(batch=1)
    collector.refuses = lambda batch: 3 in batch
    for number in range(6):
        outbox.put(number)
    wait_until(lambda: losses.totals() == {"refused": 1}, "the loss", 5)
    assert outbox.flush(5)
    assert collector.items == [0, 1, 2, 4, 5]
    assert collector.tries == len(collector.items) + _outbox.MAX_REFUSALS


def test_an_exporter_that_gives_up_at_once_is_asked_again(
    outbox_of: Made, collector: Collector, losses: Losses
) -> None:
    """With a short time-out of its own, a collector that restarts looks like one that refuses."""
    outbox = outbox_of(batch=10)
    collector.refuses = lambda _: collector.tries < _outbox.MAX_REFUSALS
    for number in range(10):
        outbox.put(number)
    wait_until(lambda: collector.items == list(range(10)), "the items", 5)
    assert losses.totals() == {}


def test_closing_sends_what_is_there(outbox_of: Made, collector: Collector, losses: Losses) -> None:
    """What comes afterwards is counted."""
    outbox = outbox_of(batch=100)
    for number in range(42):
        outbox.put(number)
    outbox.close(5)
    outbox.put(42)
    assert collector.items == list(range(42))
    assert losses.totals() == {"process ended": 1}


def test_closing_does_not_wait_for_ever(outbox_of: Made, collector: Collector, losses: Losses) -> None:
    """A hanging collector holds up the exit for as long as was said; what it did not get is counted."""
    outbox = outbox_of(batch=100)
    outbox.put(1)
    collector.opens.clear()
    began_s = time.monotonic()
    outbox.close(0.1)
    assert 0.1 <= time.monotonic() - began_s < 5
    outbox.put(2)
    assert losses.totals()["process ended"] >= 1


def test_an_item_that_comes_while_another_is_put_in(collector: Collector, losses: Losses) -> None:
    """As when Python collects garbage in there and a span ends by it: no deadlock, and both arrive."""
    outbox: Outbox[int]

    def size_of(item: int) -> int:
        if item == 1:
            with outbox._waiting.lock:  # the moment that matters is while it is held
                outbox.put(2)
        return 1

    outbox = Outbox(collector.send, size_of, losses, Limits(), GUARD)
    outbox.put(1)
    assert outbox.flush(5)
    assert sorted(collector.items) == [1, 2]
    outbox.close(5)


def test_a_mistake_in_the_sender_is_survived(
    collector: Collector, losses: Losses, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told, and the thread goes on with what waits."""
    failures: list[str] = []

    def fail() -> None:
        raise RuntimeError

    outbox = Outbox(collector.send, lambda _: 1, losses, Limits(), Guard(lambda action, _: failures.append(action)))
    with monkeypatch.context() as patched:
        patched.setattr(losses, "tell", fail)
        outbox.put(1)
        assert not outbox.flush(0.2)
    assert set(failures) == {"send what waits"}
    outbox.put(2)
    assert outbox.flush(5)
    assert collector.items == [1, 2]
    outbox.close(5)
