"""A process that must not outlive the one that started it: it stops when its standard input ends."""

import asyncio
import os
import sys


def stop_when_input_ends(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Set *stop* when whoever holds the other end of standard input is gone."""
    descriptor = sys.stdin.fileno()

    def look() -> None:
        if not os.read(descriptor, 4096):
            loop.remove_reader(descriptor)
            stop.set()

    loop.add_reader(descriptor, look)
