"""Whether the answer is in the language of the question, or in one of those that are expected."""

from functools import cache
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from spanmill_scoring.builtin.kinds import PythonBuiltin
from spanmill_scoring.outcomes import Score
from spanmill_store.targets import Target

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier


class Language(PythonBuiltin):
    """
    1 where question and answer are in the same language, else 0; none where one of them is too short to tell.

    Attributes:
        expected: Codes of ISO 639-1; where given, the answer has to be in one of them, whatever was asked.
        certainty: From 0 to 1; a language that is less likely is none.
    """

    name: ClassVar[str] = "language"
    expected: tuple[str, ...] = ()
    certainty: float = Field(default=0.5, ge=0, le=1)

    def prepare(self) -> None:
        """Load the model, some megabytes of frequencies of letters."""
        _model()

    def score(self, target: Target) -> Score | None:
        """By which letters stand together; the label is the language of the answer."""
        answered = self._language(target.output)
        if not answered:
            return None
        if self.expected:
            return Score(float(answered in self.expected), answered, f"answered in {answered}")
        asked = self._language(target.input)
        if not asked:
            return None
        return Score(float(asked == answered), answered, f"asked in {asked}, answered in {answered}")

    def _language(self, text: str) -> str:
        """The code of the language of *text*, '' where that is not certain."""
        language, certainty = _model().classify(text)
        return str(language) if certainty >= self.certainty and language != "zxx" else ""


@cache
def _model() -> "LanguageIdentifier":
    # A second to load, which only those pay who ask for languages.
    from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier  # noqa: PLC0415

    return LanguageIdentifier.from_modelpath(MODEL_DIR / MODEL_FILE, norm_probs=True)
