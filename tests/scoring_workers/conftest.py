"""Fixtures of the scoring side: Valkey, rules files, and traces written straight into ClickHouse."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis

from spanmill_scoring.rules.files import RuleBook, load
from spanmill_store.client import Store
from support import scripted_judges
from support.checked_rule import CASES, RULES, CheckedRule
from support.judge_endpoint import judge_endpoint
from support.processes import free_port
from support.receiver import Receiver, receiver
from support.scoring import ScoringSide
from support.servers import valkey_server
from support.traces import TraceWriter


@pytest.fixture(scope="session")
def valkey_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """One Valkey server for the whole session."""
    port = free_port()
    with valkey_server(tmp_path_factory.mktemp("valkey"), port):
        yield port


@pytest.fixture
def valkey_url(valkey_port: int) -> str:
    """URL of an empty Valkey database."""
    url = f"redis://127.0.0.1:{valkey_port}/0"
    with Redis.from_url(url) as connection:
        connection.flushall()
    return url


@pytest.fixture
def valkey(valkey_url: str) -> Iterator[Redis]:
    """A connection to an empty Valkey database."""
    with Redis.from_url(valkey_url) as connection:
        yield connection


@pytest.fixture
def write_rules(tmp_path: Path) -> Callable[[str], Path]:
    """Write the text of a rules file and return its path."""

    def write(text: str) -> Path:
        path = tmp_path / "rules.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def load_rules(write_rules: Callable[[str], Path]) -> Callable[[str], RuleBook]:
    """Write the text of a rules file and load it."""
    return lambda text: load(write_rules(text))


@pytest.fixture
def traces(store: Store) -> TraceWriter:
    """Writes traces into the test's database."""
    return TraceWriter(store)


@pytest.fixture
def world(
    store: Store, database_url: str, valkey: Redis, write_rules: Callable[[str], Path], traces: TraceWriter
) -> Iterator[CheckedRule]:
    """A rule with an honest judge and cases, and nothing stored."""
    with judge_endpoint() as endpoint:
        scripted_judges.serve(endpoint, scripted_judges.honest)
        path = write_rules(RULES.replace("URL", endpoint.url) + CASES)
        yield CheckedRule(store, database_url, traces, ScoringSide(store, valkey, path), endpoint)


@pytest.fixture
def hook() -> Iterator[Receiver]:
    """A receiver of webhooks."""
    with receiver() as running:
        yield running
