"""
A stand-in for a judge model: it grades by rules of thumb what a real one would grade by reading.

It sees the request and nothing else, certainly not the script. It is wrong now and then, as its rules are blunt: it
compares quantities, languages and stock phrases, and understands neither the question nor the answer.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

MODEL: Final = "stand-in-judge"


class UnclearRequestError(ValueError):
    """The request is not one for a verdict."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with an answer: the words by which a rubric's choices may name it, and why it is thought so."""

    names: frozenset[str]
    rationale: str


def judge(asked: Mapping[str, Any]) -> dict[str, str]:
    """
    Choose one of the verdicts that the chat request *asked* allows, and say why.

    Raises:
        UnclearRequestError: The request has no JSON schema with an enumeration, or shows no output.
    """
    choice_key, choices, rationale_key = _wanted(asked)
    prompt = "\n".join(str(message.get("content", "")) for message in asked.get("messages", ()))
    texts = _texts(prompt)
    if "output" not in texts:
        raise UnclearRequestError("The request shows no output that could be judged.")
    findings = find(**texts)
    choice, finding = _chosen(findings, choices)
    rationale = (
        finding.rationale if finding else "The answer is not empty, not evasive, and states nothing unsupported."
    )
    return {rationale_key: rationale, choice_key: choice, **_check(prompt)}


def find(output: str, input: str = "", **evidence: str) -> list[Finding]:  # noqa: A002 - named like the fenced texts
    """What is wrong with *output*, the gravest first; *evidence* are the texts that it may draw on."""
    if not re.search(r"\w", output):
        return [Finding(_names("empty blank missing"), "The answer is empty.")]
    findings = []
    if phrase := _REFUSAL.search(output):
        findings.append(Finding(_names("refusal refused refuses evasive"), f"The answer declines: “{phrase[0]}”."))
    if phrase := _FAILURE.search(output):
        findings.append(
            Finding(_names("failed failure error unresolved"), f"The answer reports a failure: “{phrase[0]}”.")
        )
    asked, answered = _language(input), _language(output)
    if asked and answered and asked != answered:
        why = f"The question is in {asked}, the answer in {answered}."
        findings.append(Finding(_names("language"), why))
    if unsupported := _quantities(output) - _quantities(" ".join((input, *evidence.values()))):
        number, unit = min(unsupported)
        why = f"No text that was given says {number} {unit}."
        findings.append(Finding(_names("invented unsupported ungrounded hallucinated fabricated unfaithful"), why))
    return findings


_MARK: Final = re.compile(r'every word begins with the mark "(.)"')
_CHECK: Final = re.compile(r'"check", which is "(\w+)"\.\Z')
_FENCE: Final = re.compile(r"^<<data (\S+) (\w+)>>\n(.*?)\n?^<<end \1>>$", re.DOTALL | re.MULTILINE)

_REFUSAL: Final = re.compile(
    r"\b(can(no|')t (help|assist|do that)|not able to (help|assist)|unable to (help|assist)|won't be able to)\b",
    re.IGNORECASE,
)
_FAILURE: Final = re.compile(
    r"\b(went wrong|try again later|une erreur est survenue|veuillez réessayer)\b", re.IGNORECASE
)

_COMMON_WORDS: Final = {
    "English": "the is are of to and you your we it i my in for from with not how what can does be was",
    "German": "der die das ist und sie ihre ihnen wir es ich mein in von mit nicht wie was kann wird für aus bei uns",
    "Spanish": "el la los las es de y usted su lo mi en por con no cómo qué puede un una se del otras que",
    "French": "le la les est et vous votre nous il je mon ma en de du avec ne pas où que peut un une dans chez combien",
}
_WORDS_BY_LANGUAGE: Final = {language: frozenset(words.split()) for language, words in _COMMON_WORDS.items()}

_UNITS: Final = {
    "days": "days? tage?n? werktagen? días? jours?",
    "hours": "hours? stunden? horas? heures?",
    "months": "months? monaten? mes(es)? mois",
    "years": "years? jahren? años? ans?",
    "euros": "eur euros? €",
    "percent": "% percent prozent",
}
_QUANTITY: Final = re.compile(
    r"(\d+(?:[.,]\d+)?)(?: (?:working|business|días))? ?(?:"
    + "|".join(f"(?P<{unit}>{'|'.join(words.split())})(?!\\w)" for unit, words in _UNITS.items())
    + ")",
    re.IGNORECASE,
)


def _wanted(asked: Mapping[str, Any]) -> tuple[str, Sequence[str], str]:
    """From the schema of the response: the key of the choice, the choices, and the key of the rationale."""
    schema = (asked.get("response_format") or {}).get("json_schema", {}).get("schema", {})
    properties: Mapping[str, Mapping[str, Any]] = schema.get("properties", {})
    choice = next((name for name, property_ in properties.items() if property_.get("enum")), None)
    if choice is None:
        raise UnclearRequestError("This judge needs a response_format with a JSON schema that enumerates the choices.")
    rationale = next((name for name in properties if name != choice), "rationale")
    return choice, properties[choice]["enum"], rationale


def _texts(prompt: str) -> dict[str, str]:
    """The fenced texts of the prompt by name, without their marks; of two with one name, the first."""
    texts: dict[str, str] = {}
    mark = _MARK.search(prompt)
    for _, name, text in _FENCE.findall(prompt):
        texts.setdefault(name, text.replace(mark[1], "") if mark else text)
    return texts


def _check(prompt: str) -> dict[str, str]:
    """What the prompt's last words ask to be repeated, if they do."""
    found = _CHECK.search(prompt)
    return {"check": found[1]} if found else {}


def _chosen(findings: Sequence[Finding], choices: Sequence[str]) -> tuple[str, Finding | None]:
    """
    The choice that names a finding; else a generally bad one; else a good one, and no finding.

    A rubric that asks about one thing, as "grounded or invented", is thus not bothered with others.
    """
    words = {choice: _names(re.sub(r"\bnot[ _-]", "un", choice.lower()).replace("_", " ")) for choice in choices}
    for finding in findings:
        for choice in choices:
            if words[choice] & finding.names:
                return choice, finding
    for wanted, finding_or_none in ((_BAD, findings[0] if findings else None), (_GOOD, None)):
        for choice in choices:
            if words[choice] & wanted and (finding_or_none or wanted is _GOOD):
                return choice, finding_or_none
    return choices[-1 if findings else 0], findings[0] if findings else None


def _language(text: str) -> str | None:
    """The language whose common words *text* has most of; None when there are few, or in JSON."""
    if text.lstrip().startswith("{"):
        return None
    words = re.findall(r"\w+", text.lower())
    counts = {language: sum(word in common for word in words) for language, common in _WORDS_BY_LANGUAGE.items()}
    best, second, *_ = sorted(counts.values(), reverse=True)
    return max(counts, key=lambda language: counts[language]) if best >= 2 and best > second else None


def _quantities(text: str) -> set[tuple[str, str]]:
    """Numbers with their units, whatever the language: `30 Tagen` and `30 days` are one."""
    found = set()
    for match in _QUANTITY.finditer(text):
        unit = next(unit for unit, value in match.groupdict().items() if value)
        found.add((match[1].replace(",", "."), unit))
    return found


def _names(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z]+", text))


_GOOD: Final = _names("good ok pass passed yes fine correct right helpful acceptable grounded supported faithful")
_BAD: Final = _names("bad poor fail failed no incorrect unhelpful unacceptable unsatisfactory")
