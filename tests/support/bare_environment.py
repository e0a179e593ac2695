"""An environment with what ``pip install spanmill`` brings, and nothing else of what is installed here."""

import venv
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]


def bare_python(folder: Path) -> Path:
    """Make it in *folder*, of links to the files that are here, and return its Python."""
    venv.create(folder, symlinks=True)
    site = next(folder.glob("lib/python*/site-packages"))
    for name in sorted(_needed("spanmill")):
        for file, place in _files(distribution(name)):
            link = site / file
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(place)
    # Our own lies in the source tree, beside the servers' parts, which the bare install has not.
    (site / "spanmill.pth").write_text(str(ROOT / "instrumentation"))
    return folder / "bin" / "python"


def _needed(name: str) -> set[str]:
    """The distribution *name* and all that it asks for without an extra."""
    found: set[str] = set()
    left = {canonicalize_name(name)}
    while left:
        asked = left.pop()
        found.add(asked)
        required = map(Requirement, distribution(asked).requires or ())
        wanted = (one for one in required if one.marker is None or one.marker.evaluate({"extra": ""}))
        left |= {canonicalize_name(one.name) for one in wanted} - found
    return found


def _files(installed: Distribution) -> Iterator[tuple[str, Path]]:
    """Paths within site-packages of what *installed* brought, and where they are."""
    for file in installed.files or ():
        if not str(file).startswith("..") and file.suffix not in (".pyc", ".pth"):
            yield str(file), Path(str(installed.locate_file(file)))
