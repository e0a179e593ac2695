"""The apps: one file each, which states what it needs and which settings it runs with."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

APPS: Final = Path(__file__).with_name("apps")
RECORDED: Final = Path(__file__).parents[1] / "recorded"

PYTHON_HEADER: Final = re.compile(r"^# /// script\n(?P<lines>(?:#(?: .*)?\n)+?)# ///$", re.MULTILINE)
NODE_HEADER: Final = re.compile(r"^/\* package\n(?P<json>.*?)\*/$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class App:
    """
    One app.

    Attributes:
        path: Its source.
        versions: The libraries it is about, each with the version that it is recorded with.
        requirements: All that is installed, as its package manager wants it.
        environment: Variables that the library's documentation has one set; places in braces are filled in.
    """

    path: Path
    versions: Mapping[str, str]
    requirements: tuple[str, ...]
    environment: Mapping[str, str]

    @property
    def name(self) -> str:
        """The name of the recording."""
        return self.path.stem

    @property
    def recording(self) -> Path:
        """The file that holds what was recorded."""
        return RECORDED / f"{self.name}.json"


def apps() -> dict[str, App]:
    """All apps by name."""
    paths = sorted([*APPS.glob("*.py"), *APPS.glob("*.mjs")], key=lambda path: path.stem)
    return {path.stem: (_node if path.suffix == ".mjs" else _python)(path) for path in paths}


def _python(path: Path) -> App:
    found = PYTHON_HEADER.search(path.read_text("utf-8"))
    if not found:
        raise ValueError(f"{path.name} has no script header that pins its libraries")
    header = tomllib.loads("\n".join(line[2:] for line in found["lines"].splitlines()))
    requirements = tuple(header["dependencies"])
    pairs = (requirement.split("==") for requirement in requirements)
    versions = {name.partition("[")[0]: version for name, version in pairs}
    return App(path, versions, requirements, header.get("tool", {}).get("recorder", {}))


def _node(path: Path) -> App:
    found = NODE_HEADER.search(path.read_text("utf-8"))
    if not found:
        raise ValueError(f"{path.name} has no package header that pins its libraries")
    header: dict[str, Any] = json.loads(found["json"])
    versions = header["dependencies"]
    requirements = tuple(f"{name}@{version}" for name, version in versions.items())
    return App(path, versions, requirements, header.get("environment", {}))
