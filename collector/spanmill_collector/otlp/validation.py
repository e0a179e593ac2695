"""
Validation: what must be known of a request before it may be acknowledged.

protobuf's C parser reads the whole request once, because ClickHouse will have to read it later and an acknowledged
request must not fail there; and it writes it once, so that ClickHouse only ever reads what protobuf's own library has
written, never a client's bytes. Python looks at nothing but the ids of spans.
"""

from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.message import DecodeError, EncodeError, Message

from spanmill_collector.errors import Reason, Refusal
from spanmill_collector.otlp.repair import repaired
from spanmill_collector.otlp.signals import SIGNALS, TRACES, Signal, has_good_ids, scopes_of_spans
from spanmill_collector.otlp.values import write_nested_as_text

_BAD_IDS: Final = "a trace id must be 16 bytes and a span id 8 bytes, neither all zero"


@dataclass(frozen=True, slots=True)
class Checked:
    """
    A request that may be stored.

    Attributes:
        request: The bytes to store.
        items: Spans, log records or data points in them; 0 means that there is nothing to store.
        refused: Items that were left out.
        response: The serialised response: empty unless items were left out or text was repaired.
    """

    request: bytes
    items: int
    refused: int = 0
    response: bytes = b""


def check(body: bytes, signal: Signal) -> Checked:
    """
    Check the serialised export request of *signal* in *body*.

    Raises:
        Refusal: It is not one, or none of its items is usable.
    """
    message, texts = _parsed_and_repaired(body, signal)
    items, refused = signal.count(message)
    if refused:
        if refused == items:
            raise Refusal(Reason.UNDECODABLE, _nothing_usable(message, items), items=items)
        _drop_bad_spans(message)
    return Checked(_serialised(message), items - refused, refused, _response(signal, items, refused, texts))


def parsed(message_class: type[Message], body: bytes, signal: Signal) -> Message:
    """
    Parse *body*.

    Raises:
        Refusal: It is no such message.
    """
    try:
        return message_class.FromString(body)
    except DecodeError as error:
        name = signal.official.DESCRIPTOR.name
        raise Refusal(Reason.UNDECODABLE, f"The body is not a serialised {name} (OTLP {signal.name}, protobuf).") from (
            error
        )


def _parsed_and_repaired(body: bytes, signal: Signal) -> tuple[Any, int]:
    """Parse *body*; also give how many texts in it had to be repaired first."""
    try:
        return parsed(signal.checked, body, signal), 0
    except Refusal:
        repair = repaired(body, signal)
        if repair is None:
            raise
        body, texts = repair
        return parsed(signal.checked, body, signal), texts


def _serialised(message: Message) -> bytes:
    try:
        return message.SerializeToString()
    except EncodeError:
        # Some value is nested deeper than ClickHouse decodes.
        write_nested_as_text(message)
        return message.SerializePartialToString()


def _response(signal: Signal, items: int, refused: int, texts: int) -> bytes:
    said = []
    if refused:
        said.append(f"{refused} of {items} {signal.items} left out: {_BAD_IDS}.")
    if texts:
        said.append(f"{texts} texts are not UTF-8: stored with U+FFFD in the place of what is wrong.")
    if not said:
        return b""
    response: Any = signal.response()
    setattr(response.partial_success, signal.rejected, refused)
    response.partial_success.error_message = " ".join(said)
    serialised: bytes = response.SerializeToString()
    return serialised


def _drop_bad_spans(message: Any) -> None:
    for scope in scopes_of_spans(message):
        good = [span for span in scope.spans if has_good_ids(span)]
        if len(good) < len(scope.spans):
            del scope.spans[:]
            scope.spans.extend(good)


def _nothing_usable(message: Any, spans: int) -> str:
    text = f"None of the {spans} spans has usable ids: {_BAD_IDS}."
    others = [signal for signal in SIGNALS if signal is not TRACES]
    if _looks_like_another_signal(message):
        paths = " or ".join(f"{signal.name} to {signal.path}" for signal in others)
        text += f" This looks like another signal: send {paths}, or correct the exporter's endpoint."
    return text


def _looks_like_another_signal(message: Any) -> bool:
    """Logs and metrics have other fields where spans have ids and start times, so that they decode without them."""
    return not any(
        span.span_id or span.start_time_unix_nano for scope in scopes_of_spans(message) for span in scope.spans
    )
