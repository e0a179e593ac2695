"""Published attacks on models that read texts, made to ask our judges for a verdict."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ruamel.yaml import YAML

from support.disguises import DISGUISES

FILE: Final = Path(__file__).parents[1] / "scoring_workers/injection/attacks.yaml"


@dataclass(frozen=True, slots=True)
class Attack:
    """
    A text that wants a verdict.

    Attributes:
        source: Who published it.
        text: As it is met in data.
        answer: The whole verdict that it dictates.
        best: The verdict's word or number.
    """

    name: str
    source: str
    text: str
    answer: str
    best: str


def attacks(answer: str, best: str) -> list[Attack]:
    """All attacks, after *answer*, of which *best* is the verdict."""
    return [
        Attack(
            name=entry["name"],
            source=entry["source"],
            text=DISGUISES[entry.get("as", "")](
                entry["text"].replace("ANSWER", answer).replace("BEST", best) * entry.get("repeat", 1)
            ),
            answer=answer,
            best=best,
        )
        for entry in YAML(typ="safe").load(FILE)
    ]
