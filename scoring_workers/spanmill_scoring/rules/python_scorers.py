"""The shape of a Python scorer in a rules file: its name, what it is made with, and how far it may go."""

from typing import Annotated, Final, Self

from pydantic import Field, JsonValue, model_validator

from spanmill_scoring.rules.strict import Strict

REFERENCE: Final = r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$"

OptionName = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*$")]


class PythonScorer(Strict):
    """A function, or a class that is made once and then called."""

    scorer: str = Field(pattern=REFERENCE, description="module:function or module:Class.")
    options: dict[OptionName, JsonValue] = Field(
        default={}, description="What a class is made with, or a function gets beside its target."
    )
    expected: JsonValue = Field(default=None, description="What scorers of an output compare it with.")
    attribute: str | None = Field(default=None, min_length=1, description="Key of a span attribute that holds it.")
    timeout_s: float = Field(default=10, gt=0, le=600, description="How long one target may take.")
    memory_mb: int = Field(default=1024, ge=16, le=1_000_000, description="What it may take beyond its worker.")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.expected is not None and self.attribute is not None:
            raise ValueError("what is expected comes from expected or from attribute, not from both: leave one out")
        return self

    @property
    def expects(self) -> bool:
        """Whether the rule says what is expected."""
        return self.expected is not None or self.attribute is not None

    @property
    def decisive(self) -> str | dict[str, JsonValue]:
        """What decides what it says of a target, for the rule's version: how long that may take does not."""
        said = self.model_dump(mode="json", exclude={"timeout_s", "memory_mb"}, exclude_defaults=True)
        return said if said.keys() - {"scorer"} else self.scorer
