"""Nothing in the tree points to one person's machine or to one package registry."""

import re

from support.source_tree import ROOT, files

# Put together from pieces, so that this file does not find itself.
REGISTRIES = (
    "py" + r"pi\.org",
    "python" + r"hosted\.org",
    "registry" + r"\.npmjs",
    "proxy" + r"\.golang",
    "static" + r"\.crates",
    "deb" + r"\.debian\.org",
    "repo" + r"\d?\.maven",
    r"(--|\b)(extra-)?index" + "-url",
)
MACHINE_PATHS = (r"(?<![\w.:/-])/" + folder + "/" for folder in ("home", "Users", "root", "work", "tmp/lab"))
FORBIDDEN = re.compile("|".join((*REGISTRIES, *MACHINE_PATHS)))
ALLOWED_LINES = {"Makefile": "--no-emit-index" + "-url"}
"""Lines that are needed: the option that keeps addresses out of the lock file."""


def test_no_addresses() -> None:
    """No tracked text file names a registry's address or an absolute path of a machine."""
    found = []
    for path in files():
        text = path.read_bytes().decode("utf-8", "ignore")
        name = path.relative_to(ROOT).as_posix()
        for number, line in enumerate(text.splitlines(), 1):
            allowed = ALLOWED_LINES.get(name)
            if FORBIDDEN.search(line) and not (allowed and allowed in line):
                found.append(f"{name}:{number}: {line.strip()[:100]}")
    assert found == []
