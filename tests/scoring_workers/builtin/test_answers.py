"""Built-in scorers that ask whether an answer has the shape or the language that it should have."""

import pytest

from spanmill_scoring.builtin.catalog import builtin_of
from support.builtin_scorers import score, target, value

ORDER = {"type": "object", "properties": {"order": {"type": "string"}}, "required": ["order"]}


class TestJsonSchema:
    """JSON of a shape, or what is wrong with it and where."""

    @pytest.mark.parametrize(
        ("answer", "label", "reason"),
        [
            ('{"order": "KC-1"}', "valid", ""),
            ("Sure! Here it is.", "not JSON", "Expecting value"),
            ('{"order": 7}', "not of the schema", "$.order: 7 is not of type 'string'"),
            ("{}", "not of the schema", "$: 'order' is a required property"),
            ('```json\n{"order": "KC-1"}\n```', "not JSON", "Expecting value"),
            ("[" * 100_000, "not JSON", ""),
        ],
    )
    def test_says_what_is_wrong(self, answer: str, label: str, reason: str) -> None:
        """In a label and, with the place, in the reason."""
        found = score({"json_schema": {"schema": ORDER}}, target("", answer))
        assert found is not None
        assert (found.value, found.label) == (float(label == "valid"), label)
        assert reason in found.reason

    def test_a_fence_may_be_allowed(self) -> None:
        """As models put JSON into Markdown."""
        fenced = target("", '```json\n{"order": "KC-1"}\n```')
        assert value({"json_schema": {"schema": ORDER, "fenced": True}}, fenced) == 1

    def test_without_a_schema_any_json_will_do(self) -> None:
        """And without an answer there is nothing to say."""
        assert value("json_schema", target("", "[1, 2]")) == 1
        assert value("json_schema", target("", " ")) is None

    def test_a_schema_that_is_none_is_refused(self) -> None:
        """When the rule is read."""
        with pytest.raises(ValueError, match="it is not a JSON Schema: 'nothing' is not valid"):
            builtin_of({"json_schema": {"schema": {"type": "nothing"}}})

    def test_nothing_is_fetched(self) -> None:
        """A schema that refers to an address says that it cannot be told."""
        remote = {"$ref": "https://127.0.0.1:1/schema.json"}
        found = score({"json_schema": {"schema": remote}}, target("", "{}"))
        assert found is not None
        assert "cannot be told" in found.reason


class TestLanguage:
    """Question and answer in one language, or the answer in an expected one."""

    @pytest.mark.parametrize(
        ("question", "answer", "expected"),
        [
            ("Where is my parcel, and when does it arrive?", "It is on its way and arrives tomorrow.", 1),
            ("Wie lange dauert die Rückgabe meiner Ware?", "You can return unused goods within 30 days.", 0),
            ("¿Cuánto tarda la reparación del hervidor?", "La reparación tarda unos 10 días laborables.", 1),
            ("日本語で返事してください", "A repair takes about 10 working days.", 0),
            ("OK", "It is on its way and arrives tomorrow.", None),
            ("Where is my parcel, and when does it arrive?", "12345", None),
        ],
    )
    def test_tells_languages_apart(self, question: str, answer: str, expected: float | None) -> None:
        """And says nothing of what is too short to tell."""
        assert value("language", target(question, answer)) == expected

    def test_an_expected_language(self) -> None:
        """Whatever was asked."""
        german = target("Where is my parcel?", "Ihr Paket ist unterwegs und kommt morgen an.")
        assert value({"language": {"expected": ["de", "fr"]}}, german) == 1
        assert value({"language": {"expected": ["en"]}}, german) == 0
