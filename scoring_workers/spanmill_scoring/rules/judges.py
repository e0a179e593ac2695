"""The shape of a judge in a rules file: which model, what it is asked, how it may answer, and how it is reached."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from spanmill_scoring.outcomes import MAX_LABEL_CHARS
from spanmill_scoring.rules.strict import Strict

Verdict = Annotated[str, Field(min_length=1, max_length=MAX_LABEL_CHARS)]


class Scale(Strict):
    """The numbers from which a judge chooses one."""

    min: float
    max: float

    @model_validator(mode="after")
    def _some_room(self) -> Self:
        if self.min >= self.max:
            raise ValueError(f"a scale goes up: min is {self.min:g}, so max must be more than that, not {self.max:g}")
        return self


class Judge(Strict):
    """A language model that chooses one of several verdicts, or a number, by a rubric."""

    model: str = Field(min_length=1)
    rubric: str = Field(min_length=1, description="Instructions with {{input}}, {{output}}, {{documents}}, …")
    choices: dict[Verdict, float] | None = Field(
        default=None, min_length=2, description="Verdicts and the value of each."
    )
    scale: Scale | None = Field(default=None, description="Instead of choices: any number between two.")
    unsure: tuple[str, ...] = Field(default=(), description="Choices by which the judge says that it cannot tell.")
    temperature: float | None = Field(default=0, ge=0, le=2, description="null: not sent, for models that refuse it.")
    seed: int | None = Field(default=None, description="For servers that sample by it.")
    max_tokens: int | None = Field(default=None, ge=1, description="Of the answer, reasoning included.")
    datamark: bool = Field(default=True, description="Mark each word of the texts that are judged.")
    base_url: str = Field(
        "https://api.openai.com/v1", description="OpenAI-compatible endpoint; ${NAME} is substituted."
    )
    api_key_env: str | None = Field(
        default="OPENAI_API_KEY", description="Environment variable with the key; null: none."
    )
    provider: str = Field(default="", description="As in prices; '' finds the price of the model at anyone.")
    max_chars: int = Field(default=20_000, ge=100, description="Longer texts are cut in the middle, with a mark.")
    timeout_s: float = Field(default=60, gt=0, le=600)
    retries: int = Field(default=2, ge=0, le=10, description="Tries after the first, with backoff, inside one job.")
    concurrency: int = Field(default=8, ge=1, le=256, description="Calls of one job that run at the same time.")
    slots: int = Field(default=32, ge=1, le=10_000, description="Calls of all jobs that the endpoint gets at a time.")
    patience_s: float = Field(default=3600, ge=0, description="How long a target waits for a failing endpoint, in all.")

    @model_validator(mode="after")
    def _one_kind_of_verdict(self) -> Self:
        if (self.choices is None) == (self.scale is None):
            raise ValueError("a judge has exactly one of choices and scale")
        for choice in self.unsure:
            if choice not in self.words:
                known = f"choose from {', '.join(self.words)}" if self.words else "a scale has no choices"
                raise ValueError(f"unsure names {choice[:60]!r}, which is no choice: {known}")
        return self

    @property
    def words(self) -> tuple[str, ...]:
        """The choices in the order in which they are shown; none where there is a scale."""
        return tuple(self.choices or ())

    @property
    def values(self) -> dict[str, float]:
        """The value of each choice; none where there is a scale."""
        return dict(self.choices or {})

    @property
    def middle(self) -> float:
        """Halfway between the least and the most that it can give."""
        ends = (
            (self.scale.min, self.scale.max) if self.scale else (min(self.values.values()), max(self.values.values()))
        )
        return sum(ends) / 2

    def is_unsure(self, label: str) -> bool:
        """Whether a verdict says that the judge cannot tell."""
        return label in self.unsure

    def job_s(self, targets: int) -> float:
        """How long it may take to judge so many targets in one job, with all tries, in seconds."""
        rounds = -(-targets // self.concurrency)
        return rounds * (self.timeout_s + 10) * (self.retries + 1)

    def begins_within_s(self, targets: int) -> float:
        """In which time the last call of such a job has to begin, so that the job ends in time, in seconds."""
        return self.job_s(targets) - self.timeout_s + 20
