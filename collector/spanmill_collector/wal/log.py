"""
The write-ahead log: records in, durable segments out.

Every method runs in the one writer thread of `spanmill_collector.wal.committer`; no other thread touches a log. A
segment that saw an error is never written again: after a failed fdatasync nobody knows which pages reached the disk, so
the durable part is sealed, the rest is refused, and the next commit starts a new file.
"""

import fcntl
import os
import sys
from collections.abc import Sequence

from spanmill_collector.errors import WalFailure
from spanmill_collector.options import Durability
from spanmill_collector.wal.folder import WalFolder
from spanmill_collector.wal.frames import Record
from spanmill_collector.wal.segment import OpenSegment, Segment, Sync

if sys.platform == "darwin":

    def _sync(fd: int) -> None:
        """Do what fdatasync does elsewhere: on macOS, fsync leaves the bytes in the drive's own memory."""
        fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
else:
    _sync = os.fdatasync


def sync_for(durability: Durability) -> Sync:
    """Choose what a commit does before it is acknowledged."""
    return _sync if durability == "fsync" else _leave_to_the_kernel


def _leave_to_the_kernel(_fd: int) -> None:
    """Do nothing: written pages survive the process, the kernel writes them to the disk in its own time."""


class WriteAheadLog:
    """A folder of segments, at most one of them open."""

    def __init__(self, folder: WalFolder, sync: Sync, segment_max_bytes: int) -> None:
        self._folder = folder
        self._sync = sync
        self._segment_max_bytes = segment_max_bytes
        self._open: OpenSegment | None = None
        self._sealed: list[Segment] = []

    def append(self, records: Sequence[Record]) -> None:
        """
        Make *records* durable, all of them in one segment and with one sync.

        Raises:
            WalFailure: None of them may be acknowledged.
        """
        try:
            segment = self._open or self._create()
            segment.append(records)
        except OSError as error:
            self.seal()
            raise WalFailure(
                f"The write-ahead log in {self._folder.path} cannot be written ({error.strerror or error})."
            ) from error
        if segment.size_bytes >= self._segment_max_bytes:
            self.seal()

    def seal(self) -> None:
        """Seal the open segment, if there is one; it is then among `take_sealed`."""
        if self._open is None:
            return
        segment, self._open = self._open.seal(), None
        if segment.size_bytes or segment.is_suspect:
            self._sealed.append(segment)
        else:
            segment.path.unlink(missing_ok=True)

    def take_sealed(self) -> list[Segment]:
        """Return the segments that were sealed since the last call, oldest first."""
        taken, self._sealed = self._sealed, []
        return taken

    @property
    def has_open_segment(self) -> bool:
        """Whether records wait in a segment that is not sealed yet."""
        return self._open is not None

    def _create(self) -> OpenSegment:
        self._open = OpenSegment(self._folder.new_segment_path(), self._sync)
        if self._sync is not _leave_to_the_kernel:
            # A file whose name is not durable is lost with all its synced bytes.
            self._folder.sync()
        return self._open
