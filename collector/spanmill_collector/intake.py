"""The way of one request, whichever port it came in by: check, frame, commit, acknowledge."""

import logging
import time
from collections.abc import Callable
from typing import Final

from spanmill_collector.budget import ByteBudget
from spanmill_collector.committer import Committer
from spanmill_collector.errors import Reason, Refusal
from spanmill_collector.frames import frame
from spanmill_collector.metrics import Metrics, Transport
from spanmill_collector.validation import check

PROJECT: Final = "default"
"""Until keys exist there is one project."""

logger = logging.getLogger(__name__)


class Intake:
    """
    Accepts serialised trace requests.

    Attributes:
        in_flight: Bytes of requests that are in memory; the ports hold theirs while they read and wait.
        is_stopping: New requests are refused, those under way are finished.
    """

    def __init__(
        self,
        committer: Committer,
        in_flight: ByteBudget,
        metrics: Metrics,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._committer = committer
        self._metrics = metrics
        self._now_ns = now_ns
        self.in_flight = in_flight
        self.is_stopping = False

    def arrived(self, transport: Transport) -> None:
        """Count a request; a port calls this first, so that received = acknowledged + refused."""
        self._metrics.received(transport)

    async def export(self, request: bytes, transport: Transport) -> bytes:
        """
        Store *request* durably and return the serialised ``ExportTraceServiceResponse``.

        Raises:
            Refusal: Nothing of it is stored.
        """
        self._metrics.received_bytes(transport, len(request))
        if self.is_stopping:
            raise Refusal(Reason.STOPPING, "The collector is stopping; send this again to its successor.")
        checked = check(request)
        if checked.spans:
            await self._committer.commit(frame(checked.request, PROJECT, self._now_ns()))
        self._metrics.acknowledged(transport, checked.spans, checked.rejected_spans)
        return checked.response

    def refused(self, refusal: Refusal, transport: Transport) -> None:
        """Count a *refusal* that a port is about to answer."""
        self._metrics.refused(transport, refusal.reason)
        logger.debug("refused a request over %s: %s", transport, refusal.message)
