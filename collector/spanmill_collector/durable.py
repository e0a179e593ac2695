"""Files and folders that are still there after a power cut: not only their bytes are synced, their names are too."""

import os
from collections.abc import Iterable
from pathlib import Path


def make_folder(path: Path) -> None:
    """Create the folder at *path*, readable for its owner only, and whatever lacks above it."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    for folder in missing:
        sync_folder(folder.parent)


def sync_folder(path: Path) -> None:
    """Make names that were created, changed or removed in the folder at *path* durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_file(path: Path, parts: Iterable[bytes | memoryview]) -> None:
    """Let the file at *path* hold *parts*, all or nothing: whoever is interrupted leaves what was there before."""
    temporary = path.with_name(path.name + ".new")
    with temporary.open("wb") as file:
        file.writelines(parts)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)
