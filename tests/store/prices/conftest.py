"""What tests of prices share: a price file, and a list of prices that is short."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from spanmill_store.prices import catalog
from support.calls import as_json

GPT_4O: Final = 2.5e-3 + 1e-3
"""What `Call("gpt-4o")` costs by the list: 1000 tokens in, 100 out."""

OWN: Final[dict[str, object]] = {"model": "own", "input_mtok": 1, "output_mtok": 10}
"""1000 tokens in and 100 out cost 0.002."""

Write = Callable[..., Path]
"""``write(entry, …)``: a price file with these entries."""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a price file with these entries."""

    def write_file(*entries: dict[str, object]) -> Path:
        path = tmp_path / "prices.json"
        path.write_text(as_json(*entries), encoding="utf-8")
        return path

    return write_file


@pytest.fixture
def short_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the list spell out these names only; `test_catalog` tries all of them, which takes a second."""
    providers = ("", "openai", "azure.ai.openai", "deepseek")
    names = frozenset((provider, name) for provider in providers for name in ("gpt-4o", "gpt-4.1", "deepseek-chat"))
    monkeypatch.setattr(catalog, "exact_keys", lambda: names)
