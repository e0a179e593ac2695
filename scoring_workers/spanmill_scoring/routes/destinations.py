"""Where the rules in force send things, by rule and by the name of the route."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from spanmill_scoring.rules.environment import sent_by
from spanmill_scoring.rules.loaded import LoadedRule
from spanmill_scoring.rules.routes import News, Slack, Webhook


@dataclass(frozen=True, slots=True)
class Destination:
    """A route of a rule that leaves the machine."""

    rule: str
    sent: Webhook | Slack

    @property
    def key(self) -> str:
        """Its name, which rules with the same address share."""
        return self.sent.key

    @property
    def kind(self) -> str:
        """``webhook`` or ``slack``."""
        return "webhook" if isinstance(self.sent, Webhook) else "slack"


def destinations(loaded: LoadedRule, news: News | None = None) -> Iterator[Destination]:
    """Give the destinations of one rule, for one kind of *news* where given; each address once."""
    seen = set()
    for _, sent in sent_by(loaded.rule):
        if (news is None or news in sent.news) and sent.key not in seen:
            seen.add(sent.key)
            yield Destination(loaded.name, sent)


def by_key(rules: Iterable[LoadedRule]) -> dict[str, Destination]:
    """Return all destinations by their name; where rules differ about how many messages, the fewest count."""
    found: dict[str, Destination] = {}
    for loaded in rules:
        for one in destinations(loaded):
            earlier = found.get(one.key)
            if earlier is None or one.sent.per_minute < earlier.sent.per_minute:
                found[one.key] = one
    return found
