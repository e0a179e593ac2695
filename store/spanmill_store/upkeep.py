"""What a store needs again and again, and what nobody waits for."""

import logging

from spanmill_store.client import Store
from spanmill_store.errors import SpanmillError
from spanmill_store.forgetting.late import forget_late
from spanmill_store.removal.lock import Busy
from spanmill_store.retention.enforcement import enforce

logger = logging.getLogger(__name__)


def tick(store: Store) -> None:
    """
    Do what is due. Call it about every 30 seconds; without anything to do it asks a few questions about lists of parts.

    What goes wrong is logged and tried again by the next tick.
    """
    for task in (forget_late, enforce):
        try:
            task(store)
        except Busy:
            logger.info("rows are being removed by somebody else")
        except SpanmillError as error:
            logger.warning("%s failed and is tried again: %s", task.__name__, error)
