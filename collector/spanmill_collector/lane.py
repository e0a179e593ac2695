"""A lane: everything between the acknowledgement of one signal's requests and ClickHouse."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from spanmill_collector.accounts.metrics import Metrics
from spanmill_collector.budget import ByteBudget
from spanmill_collector.options import Options
from spanmill_collector.shipping.courier import Courier
from spanmill_collector.shipping.dead_letters import DeadLetters
from spanmill_collector.shipping.shipper import Shipper, ShippingOptions
from spanmill_collector.shipping.sink import SinkFactory
from spanmill_collector.wal.committer import Committer
from spanmill_collector.wal.folder import WalFolder
from spanmill_collector.wal.log import WriteAheadLog, sync_for
from spanmill_collector.wal.recovery import recover


@dataclass(frozen=True, slots=True)
class Lane:
    """The log of one signal, and who empties it."""

    signal: str
    folder: WalFolder
    committer: Committer
    shipper: Shipper

    def start(self) -> None:
        """Take up what an earlier run left, and ship."""
        self.committer.adopt(recover(self.folder))
        self.shipper.start()

    async def drain(self) -> None:
        """Commit what waits and ship it, for a bounded time."""
        await self.committer.close()
        await self.shipper.drain()


def dead_letters(data_dir: Path, signal: str) -> DeadLetters:
    """The dead letters of *signal*, of all collectors that use *data_dir*."""
    return DeadLetters(data_dir / "dead-letter" / signal)


def lane(
    signal: str,
    folder: WalFolder,
    options: Options,
    backlog: ByteBudget,
    metrics: Metrics,
    open_sink: Callable[[str], SinkFactory],
) -> Lane:
    """Make the lane of *signal* on *folder*; *backlog* is shared by all lanes."""
    wal = WriteAheadLog(folder, sync_for(options.durability), options.segment_max_bytes)
    committer = Committer(signal, wal, backlog, options.segment_max_bytes, metrics)
    letters = dead_letters(options.data_dir, signal)
    couriers = [Courier(signal, folder, letters, open_sink(signal)) for _ in range(options.parallel_inserts)]
    shipping = ShippingOptions(options.segment_max_age_s, options.segment_max_bytes, options.drain_timeout_s)
    shipper = Shipper(signal, committer, couriers, backlog, metrics, shipping)
    metrics.watch("waiting_segments", lambda: len(committer.sealed), signal)
    metrics.watch("waiting_items", lambda: committer.waiting_items, signal)
    return Lane(signal, folder, committer, shipper)
