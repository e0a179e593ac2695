"""``spanmill planner`` and ``spanmill worker``: the two long-running processes."""

import contextlib
import importlib
import logging
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import click
import redis
from prometheus_client import CollectorRegistry, start_http_server

from spanmill_scoring.commands.options import clickhouse_option, redis_option, rules_option, settings
from spanmill_scoring.commands.reaching import RETRY_S, reached
from spanmill_scoring.planner import Planner, run
from spanmill_scoring.queue.jobs import POOLS, Pool
from spanmill_scoring.queue.lengths import QueueGauges
from spanmill_scoring.queue.offers import Offers
from spanmill_scoring.queue.redis import connect
from spanmill_scoring.queue.signing import Signer
from spanmill_scoring.queue.worker import build
from spanmill_scoring.routes import process as routes
from spanmill_scoring.rules.watched import WatchedRules
from spanmill_store import judge_calls, upkeep
from spanmill_store.client import Store
from spanmill_store.errors import SpanmillError
from spanmill_store.settings import Settings

logger = logging.getLogger(__name__)


class PortTaken(SpanmillError):
    """The planner's port is somebody else's."""


@click.command()
@rules_option
@clickhouse_option
@redis_option
def planner(rules_path: Path | None, clickhouse_url: str | None, redis_url: str | None) -> None:
    """
    Decide what must be scored and queue it, until it is told to stop; beside that, tell what was flagged.

    It also keeps the store in order. While ClickHouse or Redis is away, at the start or later, it waits for them.
    """
    chosen = settings(rules=rules_path, clickhouse_url=clickhouse_url, redis_url=redis_url)
    _log_plainly()
    rules = WatchedRules(chosen.rules)
    rules.start()
    if chosen.rules is None:
        logger.warning("No rules: set SPANMILL_RULES to a rules file or folder and start again.")
    stop = _stop_on_signals()
    connection = reached(lambda: connect(chosen.redis), stop)
    store = reached(lambda: Store.connect(chosen.clickhouse), stop)
    if connection is None or store is None:
        return
    offers = Offers(connection, signer=Signer(chosen.queue_key.get_secret_value()))
    with (
        store,
        upkeep.beside(chosen, stop),
        routes.beside(chosen, rules, connection, stop),
        _gauges(connection, chosen),
    ):
        run(Planner(store, rules, offers), stop)


@click.command()
@click.option("--pool", type=click.Choice(POOLS), default="fast", show_default=True, help="Queue to work on.")
@click.option("--burst", is_flag=True, help="End when the queue is empty.")
@rules_option
@clickhouse_option
@redis_option
def worker(pool: Pool, burst: bool, rules_path: Path | None, clickhouse_url: str | None, redis_url: str | None) -> None:
    """
    Score what the planner queued, until it is told to stop. A running job is finished first.

    While Redis is away, at the start or later, the worker waits for it, unless it works in a burst.
    """
    chosen = settings(rules=rules_path, clickhouse_url=clickhouse_url, redis_url=redis_url)
    _log_plainly()
    rules = WatchedRules(chosen.rules)
    rules.start()
    if pool == "judge":
        # Loaded before the first child is forked: a child that had to load it would spend a second on it every time.
        importlib.import_module("spanmill_scoring.judge.scorer")
        judge_calls.prepare()
    stop = _stop_on_signals()
    connection = connect(chosen.redis) if burst else reached(lambda: connect(chosen.redis), stop)
    while connection is not None and not stop.is_set():
        if _work(connection, pool, chosen, rules, burst=burst) or burst:
            return
        stop.wait(RETRY_S)
        connection = reached(lambda: connect(chosen.redis), stop)


@contextlib.contextmanager
def _gauges(connection: redis.Redis, chosen: Settings) -> Iterator[None]:
    """Serve the lengths of the queues to Prometheus and KEDA, where a port is set."""
    if not chosen.planner_port:
        yield
        return
    registry = CollectorRegistry()
    registry.register(QueueGauges(connection))
    try:
        server, thread = start_http_server(chosen.planner_port, chosen.host, registry)
    except OSError as error:
        reason = error.strerror or str(error)
        message = (
            f"SPANMILL_PLANNER_PORT={chosen.planner_port} cannot be served on {chosen.host}: {reason}; choose another."
        )
        raise PortTaken(message) from error
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


def _work(connection: redis.Redis, pool: Pool, chosen: Settings, rules: WatchedRules, *, burst: bool) -> bool:
    """Work until Redis goes away or a signal comes; return whether it was a signal."""
    try:
        signer = Signer(chosen.queue_key.get_secret_value())
        rq_worker = build(connection, pool, chosen.clickhouse, rules, signer)
        rq_worker.work(burst=burst, logging_level="WARNING")
    except (redis.RedisError, OSError) as error:
        logger.warning("Redis cannot be used: %s. Nothing is lost; trying again every %g s.", error, RETRY_S)
        return False
    return rq_worker.is_stopping


def _log_plainly() -> None:
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    for noisy in ("httpx", "httpx2", "httpcore", "httpcore2", "openai", "urllib3", "clickhouse_connect"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("rq.worker").addFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    """Whether *record* is more than RQ's traceback of a Redis that went away, which `_work` tells in a sentence."""
    return not (record.exc_info and isinstance(record.exc_info[1], redis.RedisError))


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
