"""How a rule is measured: cases whose verdict is obvious, and what a version has to show before it counts as proven."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator

SIDES: Final = ("good", "bad")

Segment = Literal["Project", "ServiceName", "Environment", "Release", "Model"]


def _expected(value: object) -> str | float:
    """Take a word or a number; a union of types would make two findings of each mistake."""
    if isinstance(value, str) and value:
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    raise ValueError(f"expect is good, bad, a label or a number, not {value!r}")


class ToolOfCase(BaseModel):
    """A call of a tool and what it returned."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    input: str = ""
    output: str = ""


class Case(BaseModel):
    """A target whose verdict nobody would argue about, and that verdict."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    output: str
    input: str = ""
    system_prompt: str = ""
    documents: tuple[str, ...] = ()
    tools: tuple[ToolOfCase, ...] = ()
    expect: Annotated[str | float, PlainValidator(_expected)] = Field(description="good or bad, a label, or a value.")


class Check(BaseModel):
    """What a version has to show, and by which labels of people it is measured."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    min_cases: int = Field(default=4, ge=2, description="Obvious cases, good and bad ones among them.")
    min_labels: int = Field(default=30, ge=2, description="Targets that people have labelled.")
    min_kappa: float = Field(default=0.6, ge=0, le=1, description="Cohen's kappa with the people, at least.")
    max_flips: float = Field(default=0.1, ge=0, le=1, description="Share of targets whose verdict is not repeated.")
    max_bias: float = Field(default=0.1, ge=0, le=1, description="Share of verdicts that a probe moves the wrong way.")
    truth: str | None = Field(default=None, min_length=1, description="Name of the people's score; else the rule's.")
    truth_below: float | None = Field(default=None, description="People call bad what they give less than this.")
    segments: tuple[Segment, ...] = ("ServiceName", "Environment", "Release", "Model")
