"""The page of settings says what the code does."""

import subprocess
import sys

from spanmill_store.settings import known_names
from support.source_tree import ROOT


def test_page_is_current() -> None:
    """The generated page is the one in the tree."""
    command = [sys.executable, str(ROOT / "docs/generate_settings.py"), "--check"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_setting_is_on_the_page() -> None:
    """Every variable that spanmill reads is named."""
    page = ROOT.joinpath("docs/settings.md").read_text("utf-8")
    assert [name for name in sorted(known_names()) if f"`{name}`" not in page] == []
