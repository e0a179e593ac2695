"""
The load generator: a process of its own, whose work is on the bill like everything else on the machine.

Prints ``ready``, waits for a line, sends, and prints one JSON object. Run as ``python -m benchmarks.load``.
"""

import argparse
import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import asdict, dataclass, field
from functools import partial

import grpc
import grpc.aio
import requests

from benchmarks.lean import drive
from benchmarks.traffic import Shape, Templates

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
CHANNELS = 2
DEFAULT = Shape()


@dataclass(slots=True)
class Outcome:
    """
    What was sent.

    Attributes:
        began_s, ended_s: Of the first call and of the last answer, in seconds since 1970.
        refused: Answers that were no; each such request was sent again.
        latencies_ms: Of the acknowledgements.
    """

    spans: int = 0
    bytes: int = 0
    requests: int = 0
    refused: int = 0
    began_s: float = 0.0
    ended_s: float = 0.0
    latencies_ms: list[float] = field(default_factory=list)

    @property
    def acknowledged_per_s(self) -> float:
        """Spans."""
        return self.spans / (self.ended_s - self.began_s)

    @property
    def megabytes_per_s(self) -> float:
        """Of requests, acknowledged."""
        return self.bytes / 1e6 / (self.ended_s - self.began_s)

    def percentile_ms(self, share: float) -> float:
        """The latency that this *share* of the acknowledgements did not exceed."""
        return self.latencies_ms[min(int(len(self.latencies_ms) * share), len(self.latencies_ms) - 1)]


@dataclass(frozen=True, slots=True)
class Order:
    """
    What is to be sent.

    Attributes:
        requests: How many.
        concurrency: How many wait for their answer at the same time.
        per_s: Requests started in a second; 0: as fast as they are answered.
        headers: Sent with each request, over HTTP only.
        is_lean: Over gRPC, by the client of `benchmarks.lean`, for small requests.
    """

    target: str
    requests: int
    shape: Shape = DEFAULT
    concurrency: int = 8
    per_s: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    is_lean: bool = False


Call = Callable[[bytes], Awaitable[bool]]
"""Sends a request; returns whether it was acknowledged."""


async def send(order: Order, bodies: Iterator[bytes]) -> Outcome:
    """Send what was ordered."""
    if order.is_lean:
        return _send_lean(order, bodies)
    outcome = Outcome()
    numbers = iter(range(order.requests))

    async def worker(call: Call) -> None:
        for number in numbers:
            if order.per_s:
                await asyncio.sleep(outcome.began_s + number / order.per_s - time.time())
            body = next(bodies)
            while not await _timed(call, body, outcome):
                await asyncio.sleep(0.1)
            outcome.requests += 1
            outcome.bytes += len(body)

    async with _http(order) if order.target.startswith("http") else _grpc(order) as calls:
        outcome.began_s = time.time()
        await asyncio.gather(*map(worker, calls))
    outcome.ended_s = time.time()
    outcome.spans = outcome.requests * order.shape.spans
    outcome.latencies_ms.sort()
    return outcome


def _send_lean(order: Order, bodies: Iterator[bytes]) -> Outcome:
    outcome = Outcome(began_s=time.time(), requests=order.requests, spans=order.requests * order.shape.spans)
    latencies_ms, outcome.bytes = drive(order.target, bodies, order.requests, order.concurrency)
    outcome.latencies_ms, outcome.ended_s = sorted(latencies_ms), time.time()
    return outcome


async def _timed(call: Call, body: bytes, outcome: Outcome) -> bool:
    began = time.perf_counter()
    if not await call(body):
        outcome.refused += 1
        return False
    outcome.latencies_ms.append((time.perf_counter() - began) * 1e3)
    return True


@contextlib.asynccontextmanager
async def _grpc(order: Order) -> AsyncIterator[list[Call]]:
    """As many calls as wait at the same time, over a few connections."""
    options = [("grpc.max_send_message_length", -1)]
    async with contextlib.AsyncExitStack() as opened:
        channels = [
            await opened.enter_async_context(grpc.aio.insecure_channel(order.target, [*options, ("number", number)]))
            for number in range(CHANNELS)
        ]
        yield [partial(_export, channels[number % CHANNELS].unary_unary(EXPORT)) for number in range(order.concurrency)]


async def _export(method: "grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]", body: bytes) -> bool:
    try:
        await method(body, timeout=60)
    except grpc.aio.AioRpcError as error:
        if error.code() not in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED}:
            raise
        return False
    return True


@contextlib.asynccontextmanager
async def _http(order: Order) -> AsyncIterator[list[Call]]:
    """The same over HTTP, with a session and a thread for each."""
    with contextlib.ExitStack() as opened:
        sessions = [opened.enter_context(requests.Session()) for _ in range(order.concurrency)]
        yield [partial(_post, session, order) for session in sessions]


async def _post(session: requests.Session, order: Order, body: bytes) -> bool:
    headers = {"Content-Type": "application/x-protobuf", **order.headers}
    answer = await asyncio.to_thread(session.post, order.target, data=body, headers=headers, timeout=120)
    if answer.status_code not in {200, 429, 503}:
        raise RuntimeError(answer.text)
    return answer.status_code == 200


def main() -> None:
    """Read the order from the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("order", type=json.loads)
    values = parser.parse_args().order
    order = Order(**{**values, "shape": Shape(*values["shape"])})
    bodies = iter(Templates(order.shape, 32 if order.shape.words <= 60 else 4))
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps(asdict(asyncio.run(send(order, bodies)))), flush=True)


if __name__ == "__main__":
    main()
