"""Looks for texts in every column of every table, and in every file of a folder."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

from spanmill_store.client import Store

_COLUMNS: Final = """
SELECT table, groupArray(name) AS names
FROM system.columns
WHERE database = currentDatabase()
    AND default_kind != 'EPHEMERAL'
    AND match(type, 'String|JSON|Dynamic|Variant|Enum')
    AND table IN (SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree')
GROUP BY table
ORDER BY table
"""

_FOUND: Final = r"""
SELECT DISTINCT arrayJoin(arrayFilter(
    text -> position(replaceAll(toString(`{column}`), '\\', ''), text) > 0, {{texts:Array(String)}}
)) AS text
FROM `{table}`
"""
"""Maps and lists are looked at as one text; its backslashes are those of quotes."""


def columns(store: Store) -> dict[str, list[str]]:
    """Every table that holds rows, with its columns that hold texts in whatever form."""
    return {row["table"]: row["names"] for row in store.select(_COLUMNS)}


def in_tables(store: Store, texts: Sequence[str]) -> dict[str, set[str]]:
    """Which of *texts* are in the database → the columns that they are in."""
    found: dict[str, set[str]] = {}
    for table, names in columns(store).items():
        for name in names:
            sql = _FOUND.format(table=table, column=name)
            for row in store.select(sql, {"texts": list(texts)}):
                found.setdefault(row["text"], set()).add(f"{table}.{name}")
    return found


def in_files(folder: Path, texts: Collection[str]) -> dict[str, set[str]]:
    """Which of *texts* are in the files below *folder* → the names of these files."""
    found: dict[str, set[str]] = {}
    for path in (path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        for text in texts:
            if text.encode() in content:
                found.setdefault(text, set()).add(path.name)
    return found
