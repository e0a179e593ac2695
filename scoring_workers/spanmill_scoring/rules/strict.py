"""What every part of a rules file has in common."""

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """Unknown keys are errors: a misspelt key that is ignored costs its author a day."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
