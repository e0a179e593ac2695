"""Which traces are sent, and what says so."""

from collections.abc import Mapping
from typing import Final

from spanmill.sampling.share import OTEL_SAMPLER, SAMPLE, Keep, Sampling, chosen

_KEPT: Final[dict[Keep, str]] = {
    "errors": "what fails",
    "feedback": "what gets feedback",
    "releases": "the first hour of a release",
}


def sampling(environment: Mapping[str, str]) -> str:
    """Return what `spanmill.init` without arguments would send in *environment*, worded to follow "traces"."""
    sampler = environment.get(OTEL_SAMPLER, "").strip()
    if sampler:
        return f"are sent as {OTEL_SAMPLER} says: {sampler}"
    try:
        said = chosen(None, environment)
    except ValueError as error:
        return f"are all sent: {error}"
    return "are all sent" if said is None else f"are sent by {SAMPLE}: {said.ratio:.6g} of all{_kept(said)}"


def _kept(said: Sampling) -> str:
    kept = [words for keep, words in _KEPT.items() if said.keeps(keep) and (keep != "releases" or said.released_at)]
    return f", and {', '.join(kept)}" if kept else ""
