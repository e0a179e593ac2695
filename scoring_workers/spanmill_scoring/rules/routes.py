"""Routes of a rule: where what it flags goes to, and its alerts."""

import hashlib
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from spanmill_scoring.rules.strict import Strict

ENVIRONMENT_PATTERN: Final = r"^[A-Za-z_][A-Za-z0-9_]*$"
KINDS: Final = ("review", "webhook", "slack")

VariableName = Annotated[str, Field(pattern=ENVIRONMENT_PATTERN)]
News = Literal["flags", "alerts"]


class Review(Strict):
    """Flagged targets wait in the review queue to be judged by people."""

    instructions: str = Field(
        default="", description="For whoever judges; default: the judge's rubric, or the description."
    )
    max_open: int = Field(default=1000, ge=1, description="No more come while so many of the rule are open.")


class _Sent(Strict):
    """What is sent to another system."""

    news: tuple[News, ...] = Field(default=("flags", "alerts"), description="What of: flags, alerts or both.")
    per_minute: int = Field(default=10, ge=1, le=600, description="Messages; of more, one summary tells.")


class Webhook(_Sent):
    """A signed request to an address."""

    url: str = Field(min_length=1, description="https address; ${NAME} is substituted.")
    secret_env: VariableName = Field(description="Environment variable with the secret that signs.")

    @property
    def key(self) -> str:
        """Names the address without its path, which may be secret."""
        place = urlsplit(self.url).hostname or "webhook"
        return f"webhook {place} {hashlib.sha256(self.url.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


class Slack(_Sent):
    """A message to an incoming webhook of Slack, or of what understands the same."""

    url_env: VariableName = Field(description="Environment variable with the address, which is a secret.")

    @property
    def key(self) -> str:
        """Names the address by its variable."""
        return f"slack {self.url_env}"


class Route(Strict):
    """One action for what is flagged."""

    review: Review | None = None
    webhook: Webhook | None = None
    slack: Slack | None = None

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: object) -> object:
        """``review`` with nothing behind it asks for the defaults."""
        return {"review": {}} if value in ("review", {"review": None}) else value

    @model_validator(mode="after")
    def _one_action(self) -> Self:
        given = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError(
                f"a route is exactly one of review, webhook and slack, not {' and '.join(given) or 'none'}"
            )
        return self

    @property
    def sent(self) -> Webhook | Slack | None:
        """The part that leaves the machine, if it is one."""
        return self.webhook or self.slack
