"""The way of one request, whichever port it came in by: admit, check, stamp, commit, acknowledge."""

import logging
from collections.abc import Mapping

from spanmill_collector.access.caller import ANYBODY, Caller
from spanmill_collector.access.gate import Gate
from spanmill_collector.accounts.ledger import Ledger
from spanmill_collector.accounts.metrics import Metrics, Transport
from spanmill_collector.accounts.tally import Account
from spanmill_collector.budget import ByteBudget
from spanmill_collector.clock import ReceiveClock
from spanmill_collector.errors import Reason, Refusal
from spanmill_collector.otlp.feedback import require_feedback_only
from spanmill_collector.otlp.json_request import from_json
from spanmill_collector.otlp.signals import Signal
from spanmill_collector.otlp.validation import Checked, check
from spanmill_collector.wal.committer import Committer
from spanmill_collector.wal.frames import Stamp, frame

logger = logging.getLogger(__name__)


class Intake:
    """
    Accepts export requests.

    Attributes:
        gate: Says who sends.
        in_flight: Bytes of requests that are in memory; the ports hold theirs while they read and wait.
        is_stopping: New requests are refused, those under way are finished.
    """

    def __init__(
        self,
        committers: Mapping[str, Committer],
        gate: Gate,
        in_flight: ByteBudget,
        metrics: Metrics,
        ledger: Ledger,
        clock: ReceiveClock,
    ) -> None:
        self._committers = committers
        self._metrics = metrics
        self._ledger = ledger
        self._clock = clock
        self.gate = gate
        self.in_flight = in_flight
        self.is_stopping = False

    def arrived(self, signal: Signal, transport: Transport) -> None:
        """Count a request; a port calls this first, so that received = acknowledged + refused."""
        self._metrics.count("received_requests_total", signal.name, transport)

    def require_room(self) -> None:
        """
        Refuse before anything is read while too many bytes are in memory already.

        Raises:
            Refusal: There is no room.
        """
        self.in_flight.require_room()

    async def export(
        self, body: bytes, signal: Signal, caller: Caller, transport: Transport, *, is_json: bool = False
    ) -> bytes:
        """
        Store the request in *body* durably and return the serialised response.

        Raises:
            Refusal: Nothing of it is stored.
        """
        self._metrics.count("received_bytes_total", signal.name, transport, by=len(body))
        if self.is_stopping:
            raise Refusal(Reason.STOPPING, "The collector is stopping; send this again to its successor.")
        if is_json:
            body = from_json(body, signal)
        if caller.is_public:
            require_feedback_only(body, signal)
        checked = check(body, signal)
        if checked.items:
            stamp = Stamp(caller.project, caller.key_id, self._clock(), checked.items, checked.refused)
            await self._committers[signal.name].commit(frame(checked.request, stamp))
        self._count(checked, signal, caller, transport)
        return checked.response

    def refused(self, refusal: Refusal, signal: Signal, transport: Transport, caller: Caller | None) -> None:
        """Count a *refusal* that a port is about to answer; *caller* is None where nobody was admitted."""
        label = refusal.reason.value.label
        self._metrics.count("refused_requests_total", signal.name, transport, label)
        account = _account(caller or ANYBODY)
        if refusal.items:
            self._metrics.count_items("received_items_total", signal.name, account, refusal.items)
            self._metrics.count("refused_items_total", signal.name, *account, label, by=refusal.items)
        self._ledger.refused(account, signal.name, label, refusal.items)
        logger.debug("refused %s over %s: %s", signal.name, transport, refusal.message)

    def _count(self, checked: Checked, signal: Signal, caller: Caller, transport: Transport) -> None:
        account = _account(caller)
        self._metrics.count("acknowledged_requests_total", signal.name, transport)
        self._metrics.count_items("received_items_total", signal.name, account, checked.items + checked.refused)
        self._metrics.count_items("acknowledged_items_total", signal.name, account, checked.items)
        if checked.refused:
            self._metrics.count("refused_items_total", signal.name, *account, "bad_ids", by=checked.refused)


def _account(caller: Caller) -> Account:
    return Account(caller.project, caller.key_id)
