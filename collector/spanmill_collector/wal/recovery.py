"""
Recovery: of segments that an earlier process left, what is provably whole is kept.

Nothing disappears silently: bytes that are no record any more are copied to ``damaged/`` with a reason and a log line
before they are cut off. A torn last record is the normal trace of a kill, and nobody was told that it is safe.
"""

import contextlib
import logging
import mmap
import os
from collections.abc import Iterator
from pathlib import Path

from spanmill_collector.wal.folder import WalFolder
from spanmill_collector.wal.frames import Damage, Found, scan
from spanmill_collector.wal.segment import Segment

logger = logging.getLogger(__name__)


def recover(folder: WalFolder) -> list[Segment]:
    """List what earlier processes left in *folder*, oldest first; each segment is checked before it is shipped."""
    found = [Segment(path, path.stat().st_size, is_suspect=True) for path in folder.left_over()]
    if found:
        logger.info(
            "the write-ahead log %s holds %d segments of an earlier run, shipping them", folder.path, len(found)
        )
    return found


def repair(folder: WalFolder, path: Path) -> tuple[Found, ...]:
    """Cut what is damaged out of the segment at *path*, and return the records that are left in it."""
    with _mapped(path) as content:
        found = scan(content)
        if not found.damages:
            return found.records
        for damage in found.damages:
            _set_aside(folder, path, content, damage, len(found.records))
        folder.rewrite(path, [content[record.start : record.end] for record in found.records])
    return records_in(path)


def records_in(path: Path) -> tuple[Found, ...]:
    """The whole records of the segment at *path*."""
    with _mapped(path) as content:
        return scan(content).records


@contextlib.contextmanager
def _mapped(path: Path) -> Iterator[memoryview]:
    with path.open("rb") as file:
        size_bytes = os.fstat(file.fileno()).st_size
        if size_bytes == 0:  # which cannot be mapped
            yield memoryview(b"")
            return
        with mmap.mmap(file.fileno(), size_bytes, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as content:
            yield content


def _set_aside(folder: WalFolder, path: Path, content: memoryview, damage: Damage, whole: int) -> None:
    size_bytes = damage.end - damage.start
    reason = f"{damage.reason}: {size_bytes} of {len(content)} bytes of {path.name}, beside {whole} whole records"
    with content[damage.start : damage.end] as damaged:
        kept = folder.set_damaged_aside(f"{path.stem}-{damage.start}.bytes", damaged, reason)
    logger.warning("damaged segment: %s; kept in %s", reason, kept)
