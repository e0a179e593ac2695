"""What must hold before a part is started: the data directory is ours to write, and servers that are set answer."""

import contextlib
import fcntl
import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from spanmill_deploy import sessions
from spanmill_deploy.errors import PreflightError
from spanmill_deploy.readiness import AnswersHttp, AnswersPing, ping_url
from spanmill_store.prices import user_file
from spanmill_store.settings import Settings, without_password

LOCK_NAME: Final = "up.lock"
LAST_RUN_ENDS_IN_S: Final = 10.0
SERVER_TIMEOUT_S: Final = 3.0

logger = logging.getLogger(__name__)


def require_writable(data_dir: Path) -> None:
    """
    Make the data directory if need be.

    Raises:
        PreflightError: It cannot be made, or no file can be written in it.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=data_dir):
            pass
    except OSError as error:
        reason = error.strerror
        message = f"The data directory {data_dir} cannot be written ({reason}): set SPANMILL_DATA_DIR to another."
        raise PreflightError(message) from error


def require_servers(settings: Settings) -> None:
    """
    Ask the servers that are set instead of the embedded ones.

    Raises:
        PreflightError: One of them does not answer.
    """
    servers: list[tuple[str | None, str, Callable[[str], bool]]] = [
        (settings.clickhouse_url, "CLICKHOUSE_URL", lambda url: AnswersHttp(ping_url(url), SERVER_TIMEOUT_S)()),
        (settings.redis_url, "REDIS_URL", lambda url: AnswersPing(url, SERVER_TIMEOUT_S)()),
    ]
    for url, name, answers in servers:
        if url is not None and not _asked(answers, url, name):
            message = (
                f"Nobody answers at SPANMILL_{name}={without_password(url)}: "
                "start that server, correct the address, or unset it to use the embedded one."
            )
            raise PreflightError(message)


def require_rules(rules: Path | None) -> None:
    """
    Check that the rules are there; what they say is for `spanmill planner` to judge.

    Raises:
        PreflightError: They are not.
    """
    if rules is not None and not rules.exists():
        message = f"SPANMILL_RULES={rules} does not exist: name a YAML file or a folder of them."
        raise PreflightError(message)


def require_prices(prices: Path | None) -> None:
    """
    Read the price file, so that a mistake in it is told at once.

    Raises:
        PriceFileError: It cannot be used.
    """
    if prices is not None:
        user_file.load(prices)


@contextlib.contextmanager
def locked(data_dir: Path, wait_s: float = LAST_RUN_ENDS_IN_S) -> Iterator[int]:
    """
    Hold the data directory for this process; yields the descriptor that holds it.

    A run that was killed may have parts that are just being ended, and its guard holds the lock until they are gone;
    that is waited for.

    Raises:
        PreflightError: Another `spanmill up` uses it.
    """
    with data_dir.joinpath(LOCK_NAME).open("a+") as lock:
        deadline = time.monotonic() + wait_s
        while not _try_lock(lock.fileno()):
            owner = _owner(data_dir)
            if sessions.is_alive(owner) or time.monotonic() > deadline:
                message = (
                    f"Another `spanmill up` (process {owner}) uses the data directory {data_dir}: "
                    "stop it, or choose another with SPANMILL_DATA_DIR."
                )
                raise PreflightError(message)
            time.sleep(0.05)
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield lock.fileno()


def _asked(answers: Callable[[str], bool], url: str, name: str) -> bool:
    try:
        return answers(url)
    except ValueError as error:
        message = f"SPANMILL_{name}={without_password(url)} is no usable URL: {error}."
        raise PreflightError(message) from error


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _owner(data_dir: Path) -> int:
    text = data_dir.joinpath(LOCK_NAME).read_text().strip()
    return int(text) if text.isdigit() else os.getpid()
