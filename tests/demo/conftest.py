"""The demo runs once for all tests of this folder."""

from collections.abc import Iterator

import pytest

from support.demo import Finished, kept_running


@pytest.fixture(scope="session")
def demo() -> Iterator[Finished]:
    """A finished demo whose spanmill still runs."""
    with kept_running() as finished:
        yield finished
