"""How many calls an endpoint gets at a time, from all workers together."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from redis import Redis

from spanmill_scoring.judge.slots import NoSlot, SharedSlots
from support import judge_endpoint as server
from support.judge_client import GOOD, Client, failure, refusal, taken
from support.processes import free_port


@pytest.fixture
def running() -> Iterator[server.Endpoint]:
    """A running endpoint."""
    with server.judge_endpoint() as endpoint:
        yield endpoint


@pytest.mark.redis
class TestSlots:
    """How many calls an endpoint gets at a time, from all workers together."""

    @pytest.fixture
    def workers(self, valkey: Redis) -> Callable[[], SharedSlots]:
        """Makes the slots of another worker."""
        return lambda: SharedSlots(valkey)

    def test_no_more_than_the_limit_are_held(self, workers: Callable[[], SharedSlots]) -> None:
        """By two workers with ten threads each, all of which come to their turn."""
        held, most, done = 0, 0, 0
        lock = threading.Lock()

        def call(slots: SharedSlots) -> None:
            nonlocal held, most, done
            with taken(slots, "http://a", 3, 30.0, time.monotonic() + 30):
                with lock:
                    held += 1
                    most = max(most, held)
                time.sleep(0.01)
                with lock:
                    held -= 1
                    done += 1

        shared = [workers(), workers()]
        threads = [threading.Thread(target=call, args=(shared[number % 2],)) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (most, done) == (3, 20)

    def test_a_slot_is_kept_until_it_is_given_back(self, workers: Callable[[], SharedSlots], valkey: Redis) -> None:
        """However many calls are made on it, and though another one waits; then that one gets it."""
        seat, other = workers().seat("http://a", 1, 30.0), workers().seat("http://a", 1, 30.0)
        for _ in range(3):
            seat.take(time.monotonic() + 5)
            with pytest.raises(NoSlot):
                other.take(time.monotonic() + 0.05)
        [key] = valkey.keys("*taken")
        assert valkey.zcard(key) == 1
        seat.give()
        seat.give()
        other.take(time.monotonic() + 5)
        assert valkey.zcard(key) == 1

    def test_a_slot_that_was_lost_is_taken_anew(self, workers: Callable[[], SharedSlots]) -> None:
        """Who thought for longer than its lease waits like everybody else."""
        late, other = workers().seat("http://a", 1, 0.05), workers().seat("http://a", 1, 30.0)
        late.take(time.monotonic() + 5)
        time.sleep(0.1)
        other.take(time.monotonic() + 5)
        with pytest.raises(NoSlot):
            late.take(time.monotonic() + 0.1)
        other.give()
        late.take(time.monotonic() + 5)

    def test_endpoints_do_not_share(self, workers: Callable[[], SharedSlots]) -> None:
        """Each has its own slots."""
        slots = workers()
        with (
            taken(slots, "http://a", 1, 30.0, time.monotonic() + 5),
            taken(slots, "http://b", 1, 30.0, time.monotonic() + 5),
        ):
            pass

    def test_who_waits_in_vain_is_told(self, workers: Callable[[], SharedSlots]) -> None:
        """The job ends in time, and its target goes on waiting."""
        slots = workers()
        with (
            taken(slots, "http://a", 1, 30.0, time.monotonic() + 5),
            pytest.raises(NoSlot),
            taken(workers(), "http://a", 1, 30.0, time.monotonic() + 0.1),
        ):
            pass

    def test_a_slot_of_a_dead_worker_is_free_after_its_lease(self, workers: Callable[[], SharedSlots]) -> None:
        """Nobody gives it back, and nobody has to."""
        dead = taken(workers(), "http://a", 1, 0.2, time.monotonic() + 5)
        dead.__enter__()
        began_s = time.monotonic()
        with taken(workers(), "http://a", 1, 30.0, time.monotonic() + 5):
            assert time.monotonic() - began_s < 3

    def test_a_pause_holds_everybody(self, workers: Callable[[], SharedSlots]) -> None:
        """What one worker learned of the endpoint's limits counts for the others."""
        workers().pause("http://a", 0.3)
        began_s = time.monotonic()
        with taken(workers(), "http://a", 5, 30.0, time.monotonic() + 5):
            assert 0.2 < time.monotonic() - began_s < 2

    def test_an_exception_gives_the_slot_back(self, workers: Callable[[], SharedSlots], valkey: Redis) -> None:
        """Whatever happens to the call."""
        with pytest.raises(ZeroDivisionError), taken(workers(), "http://a", 1, 30.0, time.monotonic() + 5):
            raise ZeroDivisionError
        assert [key for key in valkey.keys("*taken") if valkey.zcard(key)] == []

    def test_without_redis_calls_are_made_all_the_same(self, caplog: pytest.LogCaptureFixture) -> None:
        """Nobody counts them then, and it is said once."""
        slots = SharedSlots(Redis(port=free_port()))
        for _ in range(3):
            with taken(slots, "http://a", 1, 30.0, time.monotonic() + 5):
                slots.pause("http://a", 0.01)
        assert caplog.text.count("share no slots") == 1

    def test_what_is_kept_in_redis_goes_by_itself(self, workers: Callable[[], SharedSlots], valkey: Redis) -> None:
        """Endpoints that are not used any more leave nothing behind."""
        slots = workers()
        with taken(slots, "http://a", 1, 30.0, time.monotonic() + 5):
            slots.pause("http://a", 1.0)
        assert valkey.keys("*")
        assert all(0 < int(valkey.ttl(key)) <= 3600 for key in valkey.keys("*"))

    def test_how_a_server_is_asked_is_known_to_all_workers(
        self, running: server.Endpoint, workers: Callable[[], SharedSlots], valkey: Redis
    ) -> None:
        """Each job is a process of its own, and need not be refused again; nonsense in Redis is ignored."""
        for answers in (((400, refusal("response_format")), (200, GOOD)), ((200, GOOD),)):
            Client(running, workers()).ask(*answers)
        [key] = valkey.keys("*manner*")
        valkey.set(key, "os.system")
        last = Client(running, workers())
        last.ask((200, GOOD))
        assert last.forms() == ["json_schema", "json_object", "json_object", "json_schema"]

    def test_without_a_slot_no_request_is_made(self, running: server.Endpoint, valkey: Redis) -> None:
        """A failure that will pass, without a call."""
        client = Client(running, SharedSlots(valkey), slots=1)
        with taken(client.slots, running.url + "/", 1, 30.0, time.monotonic() + 5):
            asked = client.ask((200, GOOD), until_s=time.monotonic() + 0.1)
        assert failure(asked).state == "provider_error"
        assert (asked.failed, running.requests) == ([], [])
