"""A rule that makes one score of several others of the same target."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from spanmill_scoring.outcomes import Failure, Outcome, Score

By = Literal["weighted", "min", "all", "majority"]
_MAX_OF: Final = 50


class Combination(BaseModel):
    """What it is made of, and how."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    of: tuple[str, ...] = Field(min_length=1, max_length=_MAX_OF, description="Names of scores of other rules.")
    by: By = Field(description="Their mean, their smallest, whether all or most of them pass.")
    weights: dict[str, Annotated[float, Field(gt=0)]] = Field(
        default={}, description="Of the mean; 1 where none is given."
    )
    passes: float = Field(default=0.5, description="From which value on a score passes, for all and majority.")

    @model_validator(mode="after")
    def _known_weights(self) -> Self:
        if len(set(self.of)) != len(self.of):
            raise ValueError("of names a score twice")
        if unknown := sorted(self.weights.keys() - set(self.of)):
            raise ValueError(f"weights names {unknown[0]!r}, which is not in of")
        if self.weights and self.by != "weighted":
            raise ValueError("weights is for by: weighted")
        return self

    def outcome(self, values: Mapping[str, float | None]) -> Outcome:
        """Combine *values* by name of the score; where one is missing there is nothing to say."""
        known = {name: value for name in self.of if (value := values.get(name)) is not None}
        if len(known) < len(self.of):
            missing = ", ".join(name for name in self.of if name not in known)
            return Failure("filtered", f"there is no value of {missing} to combine")
        reason = ", ".join(f"{name} {value:g}" for name, value in known.items())
        if self.by == "min":
            return Score(min(known.values()), "", reason)
        if self.by == "weighted":
            weights = {name: self.weights.get(name, 1.0) for name in known}
            total = sum(weights[name] * value for name, value in known.items())
            return Score(total / sum(weights.values()), "", reason)
        passed = sum(value >= self.passes for value in known.values())
        is_good = passed == len(known) if self.by == "all" else 2 * passed > len(known)
        return Score(float(is_good), "passed" if is_good else "failed", f"{passed} of {len(known)} pass: {reason}")
