"""
The script of the model server: which answer belongs to which messages, and what is known to be wrong with it.

Which turn is meant is told from the messages alone, as a model would have to: the last thing the customer wrote, and
who they said they were when they first wrote. The labels stay here; the demo compares them with what was flagged.
"""

import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from string import Template
from typing import Final, NamedTuple

import customers
import shop
from answers import ANSWERS, Flaw, Label, Turn

SLOW_S: Final = 1.2
"""How long a slow answer takes, in seconds."""


class UnscriptedMessageError(LookupError):
    """The script has no answer to these messages."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The model's next message: either words, or the argument of an order lookup."""

    text: str = ""
    lookup: str | None = None
    delay_s: float = 0.0


class _Recognised(NamedTuple):
    """Which scripted message something is, and what it says of its customer."""

    scenario: str
    position: int
    values: dict[str, str]


def reply(messages: Sequence[Mapping[str, object]]) -> Reply:
    """
    The scripted answer to *messages*, which are an OpenAI chat request's.

    Raises:
        UnscriptedMessageError: The customer wrote something that is not in `customers`.
    """
    said = [str(message.get("content", "")) for message in messages if message.get("role") == "user"]
    turn, flaw, values = _cast(said)
    lookup = flaw.lookup if flaw and flaw.lookup is not None else turn.lookup
    if lookup is not None and messages[-1].get("role") != "tool":
        return Reply(lookup=json.dumps({"order": Template(lookup).substitute(values)}))
    text = flaw.text if flaw and flaw.text is not None else turn.text
    return Reply(Template(text).substitute(values), delay_s=SLOW_S if flaw and flaw.label == "slow" else 0.0)


def expected_labels(conversations: int) -> dict[tuple[str, str], Label | None]:
    """The truth about the first *conversations*: by conversation id and the turn's user text, its flaw or None."""
    return dict(_truths(conversations))


def truth(conversation_id: str, turn: int) -> Label | None:
    """What is known to be wrong with turn *turn*, counted from 0, of a conversation; None: nothing."""
    conversation = customers.conversation(int(conversation_id.rpartition("-")[2]))
    _, flaw, _ = _cast(conversation.messages[: turn + 1])
    return flaw.label if flaw else None


def _truths(conversations: int) -> Iterator[tuple[tuple[str, str], Label | None]]:
    for number in range(conversations):
        conversation = customers.conversation(number)
        for turn, message in enumerate(conversation.messages):
            yield (conversation.id, message), truth(conversation.id, turn)


def _cast(said: Sequence[str]) -> tuple[Turn, Flaw | None, dict[str, str]]:
    """The turn that answers the last thing *said*, its flaw if this customer meets it, and the customer's data."""
    if not said:
        raise UnscriptedMessageError("The request has no user message.")
    opening, last = _recognise(said[0]), _recognise(said[-1])
    turn = ANSWERS[last.scenario][last.position]
    order = shop.find(opening.values["order"])
    meets = turn.flaw is not None and zlib.crc32(f"{order.order}/{last.position}".encode()) % turn.flaw.one_in == 0
    return turn, turn.flaw if meets else None, asdict(order) | {"name": opening.values["name"]}


def _recognise(message: str) -> _Recognised:
    for pattern, scenario, position in _patterns():
        if match := pattern.fullmatch(message):
            return _Recognised(scenario, position, match.groupdict())
    raise UnscriptedMessageError(f"Nothing is scripted for the message {message!r}.")


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str, int], ...]:
    """Every scripted message as an expression that matches it for any customer."""
    return tuple(
        (re.compile(re.sub(r"\\\$(\w+)", r"(?P<\1>.+?)", re.escape(text))), scenario, position)
        for scenario, texts in customers.SCENARIOS.items()
        for position, text in enumerate(texts)
    )
