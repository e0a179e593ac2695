"""Orphans: logs of collectors that are no longer run, because there are fewer of them than there were."""

import logging
import time
from pathlib import Path

from spanmill_collector.errors import CollectorError
from spanmill_collector.wal.folder import WalFolder

logger = logging.getLogger(__name__)


def adopt_orphans(logs: Path, folder: WalFolder, collectors: int) -> None:
    """
    Move the segments below *logs*, the folder of all collectors' logs, that nobody would ship into *folder*.

    A segment keeps its name, by which ClickHouse knows it. A log that somebody still holds is left alone.
    """
    for orphan in sorted(logs.glob(f"*/{folder.path.name}")):
        if orphan.parent.name.isdecimal() and int(orphan.parent.name) > collectors:
            _adopt(orphan, folder)


def _adopt(orphan: Path, folder: WalFolder) -> None:
    try:
        locked = WalFolder.open(orphan, time.time_ns)
    except CollectorError as error:
        logger.warning("a log without a collector is left alone: %s", error)
        return
    try:
        segments = locked.left_over()
        for segment in segments:
            segment.rename(folder.path / segment.name)
        folder.sync()
    finally:
        locked.close()
    if segments:
        logger.info("took over %d segments of %s, whose collector is no longer run", len(segments), orphan)
