"""The cookbook page says what the queries do."""

import subprocess
import sys

from support.source_tree import ROOT


def test_page_is_current() -> None:
    """The generated page is the one in the tree."""
    command = [sys.executable, str(ROOT / "docs/generate_cookbook.py"), "--check"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
