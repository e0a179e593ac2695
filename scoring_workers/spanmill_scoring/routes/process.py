"""Routes beside the planner: one thread looks at what was found and at alerts, another one sends."""

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Final

import redis

from spanmill_scoring.routes import alerts
from spanmill_scoring.routes.alerts import Moment
from spanmill_scoring.routes.deliverer import Deliverer
from spanmill_scoring.routes.destinations import by_key
from spanmill_scoring.routes.findings import Findings
from spanmill_scoring.routes.lease import Leases
from spanmill_scoring.routes.transport import Transport
from spanmill_scoring.rules.loaded import LoadedRule
from spanmill_scoring.rules.watched import WatchedRules
from spanmill_scoring.throttle import Throttle
from spanmill_store.client import Store
from spanmill_store.errors import SpanmillError
from spanmill_store.scoring.plan import clock_ns
from spanmill_store.settings import Settings

logger = logging.getLogger(__name__)

EVERY_S: Final = 2.0
ALERTS_EVERY_NS: Final = 60_000_000_000
ENDS_IN_S: Final = 1.0


@contextlib.contextmanager
def beside(
    settings: Settings, rules: WatchedRules, connection: redis.Redis, stop: threading.Event, every_s: float = EVERY_S
) -> Iterator[None]:
    """
    Look and send, each in a thread with a connection of its own, while the block runs.

    What they may be doing at the end is not waited for long: the next process does it again.
    """
    with Store.connect(settings.clickhouse) as looking, Store.connect(settings.clickhouse) as sending:
        deliverer = Deliverer(sending, Transport(settings.webhooks_allow_private), Leases(connection))
        watch = Watch(looking, rules)
        steps = {
            "looking at what was flagged": watch.look,
            "sending to routes": lambda: deliver(deliverer, rules, sending),
        }
        threads = [
            threading.Thread(target=keep_doing, args=(what, step, stop, every_s), name=what, daemon=True)
            for what, step in steps.items()
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join(ENDS_IN_S)


def deliver(deliverer: Deliverer, rules: WatchedRules, store: Store) -> int:
    """Send what is due, where there are routes at all, and return how much that was."""
    routes = by_key(rules.current().rules.values())
    return deliverer.deliver(routes, moment(store)) if routes else 0


class Watch:
    """Looks at what was found, and once a minute at alerts."""

    def __init__(self, store: Store, rules: WatchedRules) -> None:
        self._store = store
        self._rules = rules
        self._findings = Findings(store)
        self._alerts_ns = 0

    def look(self) -> int:
        """Look once and return how much is new."""
        rules = self._rules.current().rules
        if not any(map(is_watched, rules.values())):
            return 0
        now = moment(self._store)
        entered = self._findings.look(rules, now.ns)
        if now.ns - self._alerts_ns >= ALERTS_EVERY_NS:
            entered += alerts.look(self._store, rules.values(), now)
            self._alerts_ns = now.ns
        return entered


def is_watched(loaded: LoadedRule) -> bool:
    """Whether anybody is to be told of what *loaded* finds."""
    rule = loaded.rule
    return bool(rule.routes or rule.alert or (rule.judge is not None and rule.judge.unsure))


def moment(store: Store) -> Moment:
    """The time now, by the server's clock."""
    now_ns = clock_ns(store)
    return Moment(now_ns, datetime.fromtimestamp(now_ns / 1e9, UTC))


def keep_doing(what: str, step: Callable[[], int], stop: threading.Event, every_s: float) -> None:
    """Do *step* until *stop* is set. A problem is told now and then."""
    throttle = Throttle(logger)
    while not stop.is_set():
        try:
            step()
        except SpanmillError as error:
            throttle.warn(what, f"{what}: {error} Nothing is lost; trying again every {every_s:g} s.")
        except Exception as error:
            # A mistake of ours on the side must not end the planner, nor be told every two seconds.
            throttle.warn(what, f"{what} failed: {type(error).__name__}: {error}")
            logger.debug("%s failed", what, exc_info=True)
        else:
            throttle.over(what, f"{what}: it goes on.")
        stop.wait(every_s)
