"""How the engine's process lives beside its neighbours on one machine. Nothing here knows the engine itself."""

import contextlib
import os
import threading
import time
from pathlib import Path
from typing import Final

ALLOCATOR: Final = (
    "JE_MALLOC_CONF",
    f"narenas:{os.cpu_count()},oversize_threshold:0,dirty_decay_ms:30000,muzzy_decay_ms:30000",
)
"""
The engine's allocator keeps for half a minute what was freed, and shares it among few threads.

An insert allocates and frees hundreds of megabytes, each in a thread of its own. Where large pieces go back to the
kernel at once, or every thread gets an arena that nobody has used before, the kernel clears each page anew: a tenth of
an insert's work. Huge pages cost more than they save here, because pieces fill them badly.
"""

NICE: Final = 5
"""
What takes data in comes first: a request is acknowledged from the collector's log, and the engine catches up later.
"""

TIME_ZONE: Final = ("TZ", "UTC")
"""Tables are partitioned by day, and retention goes by it: the same day on every machine. The engine's own setting for
this (``timezone``) has no effect where it is embedded."""

MERGING_NICE: Final = 15
"""Merging parts can wait while data comes in: ClickHouse slows inserts down itself before too many parts wait."""

LOOK_EVERY_S: Final = 1.0

_THREADS: Final = Path("/proc/self/task")
_MERGING: Final = "MergeMutate"


def settle() -> None:
    """Set the process up; only before the engine is imported does this have an effect."""
    os.environ.setdefault(*ALLOCATOR)
    os.environ.update([TIME_ZONE])
    time.tzset()
    with contextlib.suppress(OSError):
        os.nice(NICE)


class MergesWait(threading.Thread):
    """
    Lowers the priority of the engine's threads that merge parts, where the system shows threads (Linux).

    The engine makes them all at once, but only when its first table is opened, so they are looked for until then. Its
    own setting for this (``os_threads_nice_value_merge_mutate``) has no effect without a capability that few have.
    """

    def __init__(self) -> None:
        super().__init__(name="merges-wait", daemon=True)

    def run(self) -> None:
        """Look until they are there."""
        while _THREADS.is_dir() and not self._found():
            time.sleep(LOOK_EVERY_S)

    @staticmethod
    def _found() -> bool:
        found = False
        for thread in _THREADS.glob("*/comm"):
            with contextlib.suppress(OSError):
                if thread.read_text().startswith(_MERGING):
                    os.setpriority(os.PRIO_PROCESS, int(thread.parent.name), MERGING_NICE)
                    found = True
        return found
