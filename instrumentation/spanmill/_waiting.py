"""What waits to be sent: items of any thread, bounded by their number and by what they weigh."""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from spanmill._losses import PROCESS_ENDED, QUEUE_FULL, Losses

Item = TypeVar("Item")

AT_ONCE: Final = 32
"""So many items more than the limits say may wait until they are weighed."""


@dataclass(frozen=True, slots=True)
class Limits:
    """
    How much waits, and for how long.

    Attributes:
        max_items: More are lost.
        max_bytes: Of texts in them, about.
        batch: So many are sent at once.
        delay_s: An item waits no longer for others.
    """

    max_items: int = 20_000
    max_bytes: int = 64_000_000
    batch: int = 512
    delay_s: float = 5.0

    @classmethod
    def of(cls, environment: Mapping[str, str], prefix: str) -> "Limits":
        """What OpenTelemetry's variables of that *prefix* say, ``OTEL_BSP`` or ``OTEL_BLRP``, else our own."""
        own = cls()
        max_items = _positive(environment, f"{prefix}_MAX_QUEUE_SIZE", own.max_items)
        batch = min(max_items, _positive(environment, f"{prefix}_MAX_EXPORT_BATCH_SIZE", own.batch))
        delay_s = _positive(environment, f"{prefix}_SCHEDULE_DELAY", int(own.delay_s * 1000)) / 1000
        return cls(max_items=max_items, batch=batch, delay_s=delay_s)


def _positive(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name, "").strip()
    return max(1, int(text)) if text.isdecimal() else default


class Waiting(Generic[Item]):
    """
    A queue that takes items in microseconds, and counts as lost what it has no room for.

    *size_of* says what an item weighs, None for one that is not to be sent.
    """

    def __init__(self, size_of: Callable[[Item], int | None], losses: Losses, limits: Limits) -> None:
        self._size_of = size_of
        self._losses = losses
        self._limits = limits
        self._at_once = max(1, min(AT_ONCE, limits.batch // 16, limits.max_items // 16))
        self.is_closed = False
        self.start_anew()

    def start_anew(self) -> None:
        """Forget all that waits, for a forked child; nothing arrives until it is told that somebody sends."""
        # Reentrant, because a span may end wherever Python collects garbage: in here, too.
        self.lock = threading.RLock()
        self.is_sent = False
        self._fresh: deque[Item] = deque()  # not weighed yet
        self._items: deque[Item] = deque()
        self._sizes: deque[int] = deque()  # beside them: pairs would be more for Python to collect
        self._bytes = 0

    def __len__(self) -> int:
        """How many there are, but for those that are fresh."""
        return len(self._items)

    @property
    def is_crowded(self) -> bool:
        """Whether there will soon be no room."""
        return len(self._items) > self._limits.max_items / 2 or self._bytes > self._limits.max_bytes / 2

    def add(self, item: Item) -> bool:
        """Add *item*; whether it is time to `admit`."""
        # Without the lock, which a deque does not need: every span of a host waits for this.
        self._fresh.append(item)
        return len(self._fresh) >= self._at_once or not self.is_sent or self.is_closed

    def admit(self) -> bool:
        """
        Weigh what is fresh, some at a time: one by one, amid the host's work, it takes twice as long.

        Returns whether there is a batch now, and was none before.
        """
        with self.lock:
            before, limits = len(self._items), self._limits
            while self._fresh:
                item = self._fresh.popleft()
                size = self._size_of(item)
                if size is None:
                    continue
                is_full = len(self._items) >= limits.max_items or self._bytes + size > limits.max_bytes
                if self.is_closed or is_full:
                    self._losses.count(PROCESS_ENDED if self.is_closed else QUEUE_FULL)
                    continue
                self._items.append(item)
                self._sizes.append(size)
                self._bytes += size
            return before < limits.batch <= len(self._items)

    def take(self) -> list[Item]:
        """Take a batch, or what there is of one."""
        with self.lock:
            count = min(self._limits.batch, len(self._items))
            self._bytes -= sum([self._sizes.popleft() for _ in range(count)])
            return [self._items.popleft() for _ in range(count)]

    def drop(self) -> int:
        """Take all there is, and return how many that were."""
        with self.lock:
            self.admit()
            count = len(self._items)
            self._items.clear()
            self._sizes.clear()
            self._bytes = 0
        return count
