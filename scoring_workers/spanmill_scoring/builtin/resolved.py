"""Whether a user got what they wanted, as far as that shows in how the conversation ended."""

import re
from typing import ClassVar, Final

from spanmill_scoring.builtin.conversation import ConversationScorer
from spanmill_scoring.builtin.refusal import declining
from spanmill_scoring.outcomes import Score
from spanmill_store.targets import Target

_LAST_CHARS: Final = 300
"""Whoever thanks or complains says so briefly; in a longer text the same words mean something else."""

_THANKS: Final = (
    r"\b(?:thanks|thank you|thx|(?:it|this) (?:works|worked) now)\b",
    r"\bthat (?:works|worked|helps|helped|solves it|solved it)\b",
    r"\b(?:perfect|awesome|problem solved|all good|got it)\b",
    r"\b(?:danke|dankeschön|vielen dank|das (?:hat geholfen|funktioniert|klappt)|super|perfekt|passt)\b",
    r"\b(?:merci|parfait|ça (?:marche|fonctionne))\b",
    r"\b(?:gracias|perfecto|ya funciona)\b",
    r"\b(?:grazie|perfetto|obrigad[oa]|bedankt|dank je)\b",
    r"(?:ありがとう|谢谢|謝謝)",
)
_COMPLAINTS: Final = (
    r"\b(?:no thanks?|thanks? for nothing|not (?:helpful|working|what i)|useless)\b",
    r"\b(?:does|did)(?:n't| not) (?:work|help)\b",
    r"\b(?:still (?:not|does|doesn't|don't|no)|that(?:'s| is) (?:wrong|not right|incorrect)|forget it|never ?mind)\b",
    r"\b(?:nein danke|funktioniert (?:immer noch )?nicht|hilft (?:mir )?nicht|das ist falsch|vergiss es|egal)\b",
    r"\b(?:ne (?:marche|fonctionne) pas|no funciona|non funziona|não funciona|werkt niet)\b",
)
_THANKED: Final = re.compile("|".join(f"(?:{words})" for words in _THANKS), re.IGNORECASE)
_COMPLAINED: Final = re.compile("|".join(f"(?:{words})" for words in _COMPLAINTS), re.IGNORECASE)


class Resolved(ConversationScorer):
    """
    1 where the user's last message thanks or confirms, or else the last turn was answered and not asked before; 0 else.

    A heuristic over words: it knows neither whether the answer was true nor what a user thought who said nothing.
    ``confirmed`` is a sign that they were content, ``answered`` only the lack of one that they were not.
    """

    name: ClassVar[str] = "resolved"

    def score(self, target: Target) -> Score | None:
        """By the last turn; the label says what it showed, the reason quotes it."""
        if not target.turns:
            return None
        last = target.turns[-1]
        said = last.input.strip().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
        if len(said) <= _LAST_CHARS and (found := _COMPLAINED.search(said)):
            return Score(0, "complained", f"the user's last message says: {found[0]}")
        if len(said) <= _LAST_CHARS and (found := _THANKED.search(said)):
            return Score(1, "confirmed", f"the user's last message says: {found[0]}")
        ending = self.ending(target.turns)
        if ending == "answered" and (words := declining(last.output)):
            return Score(0, "refused", f"the last answer says: {words}")
        return Score(float(ending == "answered"), ending)
