"""What a public key may send: evaluation results, in small requests, and nothing else."""

from typing import Any, Final

from spanmill_collector.errors import Reason, Refusal
from spanmill_collector.otlp.signals import LOGS, Signal
from spanmill_collector.otlp.validation import parsed

EVENT: Final = "gen_ai.evaluation.result"
MAX_BYTES: Final = 64 * 1024


def require_feedback_only(body: bytes, signal: Signal) -> None:
    """
    Check that a request is one that anybody may send.

    Raises:
        Refusal: It holds more than evaluation results, or is too large for that.
    """
    if signal is not LOGS:
        raise Refusal(Reason.FORBIDDEN, f"A feedback key sends evaluation results to {LOGS.path}, not {signal.name}.")
    if len(body) > MAX_BYTES:
        raise Refusal(Reason.TOO_LARGE, f"A feedback key sends at most {MAX_BYTES} bytes at once.")
    request: Any = parsed(LOGS.official, body, LOGS)
    for resource_logs in request.resource_logs:
        for scope in resource_logs.scope_logs:
            for record in scope.log_records:
                if _event_name(record) != EVENT:
                    raise Refusal(
                        Reason.FORBIDDEN, f"A feedback key sends log records with the event name {EVENT} only."
                    )


def _event_name(record: Any) -> str:
    if record.event_name:
        return str(record.event_name)
    names = (pair.value.string_value for pair in record.attributes if pair.key == "event.name")
    return next(names, "")
