"""
Recovery: segments that an earlier process left are cut back to what is provably whole.

Nothing disappears silently: bytes that are no record any more are copied to ``damaged/`` with a reason and a log line
before they are cut off. A torn last record is the normal trace of a kill, and nobody was told that it is safe.
"""

import logging
import mmap
import os
from pathlib import Path

from spanmill_collector.folder import WalFolder
from spanmill_collector.frames import Scan, scan
from spanmill_collector.segment import Segment

logger = logging.getLogger(__name__)


def recover(folder: WalFolder) -> list[Segment]:
    """List what earlier processes left in *folder*, oldest first; each segment is checked before it is shipped."""
    found = [Segment(path, path.stat().st_size, is_suspect=True) for path in folder.left_over()]
    if found:
        logger.info("the write-ahead log holds %d segments of an earlier run, shipping them", len(found))
    return found


def repair(folder: WalFolder, path: Path) -> bool:
    """Cut the segment at *path* back to its last whole record; return whether anything of it is left."""
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        size_bytes = os.fstat(descriptor).st_size
        if size_bytes == 0:
            return False
        with mmap.mmap(descriptor, size_bytes, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as content:
            found = scan(content)
            if found.damage is not None:
                _set_aside(folder, path, content, found)
        if found.damage is not None:
            os.ftruncate(descriptor, found.good_bytes)
            os.fsync(descriptor)
        return found.good_bytes > 0
    finally:
        os.close(descriptor)


def _set_aside(folder: WalFolder, path: Path, content: memoryview, found: Scan) -> None:
    rest = len(content) - found.good_bytes
    reason = f"{found.damage}: {rest} of {len(content)} bytes of {path.name}, after {found.records} whole records"
    with content[found.good_bytes :] as damaged:
        kept = folder.set_damaged_aside(f"{path.stem}-{found.good_bytes}.bytes", damaged, reason)
    logger.warning("damaged segment: %s; kept in %s", reason, kept)
