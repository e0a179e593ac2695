"""Files of a collector that hold an id: requests that are on their way, or that ClickHouse refused."""

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_FOLDERS: Final = ("dead-letter", "wal")


def naming(data_dir: Path, identity: str) -> Iterator[Path]:
    """Give the files under *data_dir* that hold *identity*, dead letters first."""
    needle = identity.encode()
    for folder in _FOLDERS:
        for path in sorted((data_dir / folder).rglob("*")):
            if path.is_file() and _holds(path, needle):
                yield path


def _holds(path: Path, needle: bytes) -> bool:
    try:
        with path.open("rb") as file:
            if path.stat().st_size == 0:
                return False
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                return content.find(needle) >= 0
    except (FileNotFoundError, ValueError):
        return False  # it was shipped meanwhile
