"""Whether the answer is JSON of a given shape."""

import json
import re
from typing import Any, ClassVar, Final

from jsonschema import SchemaError
from jsonschema.exceptions import best_match
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for
from pydantic import ConfigDict, Field, PrivateAttr, field_validator
from referencing import Registry
from referencing.exceptions import Unresolvable

from spanmill_scoring.builtin.kinds import PythonBuiltin
from spanmill_scoring.outcomes import Score
from spanmill_store.targets import Target

_FENCED: Final = re.compile(r"\A\s*```(?:json)?[ \t]*\n(.*?)\n?```\s*\Z", re.DOTALL | re.IGNORECASE)
_SHOWN_CHARS: Final = 200


class JsonSchema(PythonBuiltin):
    """
    1 where the answer is JSON and of the schema, else 0 with a label that says which it is not; none without an answer.

    Attributes:
        schema_: A JSON Schema, of the draft that its ``$schema`` names, 2020-12 without one; {}: any JSON will do. What
            it refers to has to stand in it: nothing is fetched.
        fenced: Whether the JSON may stand in a Markdown fence, as models like to put it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    name: ClassVar[str] = "json_schema"
    schema_: dict[str, Any] = Field(alias="schema", default={})
    fenced: bool = False
    _validator: Validator = PrivateAttr()

    @field_validator("schema_")
    @classmethod
    def _is_schema(cls, schema: dict[str, Any]) -> dict[str, Any]:
        try:
            validator_for(schema).check_schema(schema)
        except SchemaError as error:
            raise ValueError(f"it is not a JSON Schema: {_shortened(error.message)}") from None
        return schema

    def model_post_init(self, context: object, /) -> None:
        """Compile the schema; with a registry of its own, so that no address is ever fetched."""
        super().model_post_init(context)
        self._validator = validator_for(self.schema_)(self.schema_, registry=Registry())

    def score(self, target: Target) -> Score | None:
        """By the first thing that is most wrong; the reason says where."""
        text = target.output.strip()
        if not text:
            return None
        if self.fenced and (found := _FENCED.match(text)):
            text = found[1]
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            return Score(0, "not JSON", _shortened(str(error)))
        try:
            error_of_schema = best_match(self._validator.iter_errors(value))
        except (Unresolvable, RecursionError) as error:
            return Score(0, "not of the schema", _shortened(f"it cannot be told: {error}"))
        if error_of_schema is None:
            return Score(1, "valid")
        return Score(0, "not of the schema", _shortened(f"{error_of_schema.json_path}: {error_of_schema.message}"))


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN_CHARS else line[: _SHOWN_CHARS - 1] + "…"
