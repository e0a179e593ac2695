"""Is there room for what comes?"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from spanmill_deploy.doctor.findings import Finding, State
from spanmill_store.client import Store
from spanmill_store.disks import disks
from spanmill_store.settings import Settings

WATERMARK: Final = 0.85
"""A disk that is fuller than this needs care: ClickHouse writes a part anew before it drops the old one."""


def data_dir(settings: Settings) -> Finding:
    """How full the disk is on which requests wait."""
    folder = _existing(settings.data_dir.expanduser().absolute())
    total, _, free = shutil.disk_usage(folder)
    return fullness(f"of {settings.data_dir}", free, total)


def clickhouse(store: Store) -> Iterator[Finding]:
    """How full ClickHouse's own disks are."""
    for disk in disks(store):
        yield fullness(f"of ClickHouse at {disk.path}", disk.free_bytes, disk.total_bytes)


def fullness(which: str, free_bytes: int, total_bytes: int) -> Finding:
    """What to say of a disk."""
    used = 1 - free_bytes / total_bytes
    text = f"the disk {which} is {used:.0%} full, {free_bytes / 1e9:.1f} GB are free"
    if used < WATERMARK:
        return Finding("disk", State.GOOD, text)
    remedy = "keep less with `spanmill store retention set KIND DAYS`, or give it a larger disk"
    return Finding("disk", State.NOTICE, f"{text}: {remedy}")


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())
