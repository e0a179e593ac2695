"""Installed instrumentors are switched on, one per library; those that fail are left out."""

import pytest

from spanmill._content import switch
from support.otlp_receiver import Receiver
from support.packages import Packages, instruments
from support.programs import Run

HOST = """
import logging, sys
logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
import spanmill
spanmill.init()
print("done")
"""
OTHERWISE = "; to choose otherwise, name z_standard in OTEL_PYTHON_DISABLED_INSTRUMENTATIONS"
INSTALLED = "openai"
"""Instrumentors that this environment has anyway are named so, and switched off here."""


def _lines(python: Run, packages: Packages, **variables: str) -> list[str]:
    done = python(
        HOST,
        PYTHONPATH=str(packages.folder),
        **({"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": INSTALLED} | variables),
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_switched_on(python: Run, packages: Packages) -> None:
    """What is installed is switched on."""
    packages.add("for_a", "a")
    packages.add("for_b", "b")
    assert _lines(python, packages) == ["on: for_a", "on: for_b", "done"]


def test_disabled(python: Run, packages: Packages) -> None:
    """What OTEL_PYTHON_DISABLED_INSTRUMENTATIONS names is not; an asterisk names all."""
    packages.add("for_a", "a")
    packages.add("for_b", "b")
    assert _lines(python, packages, OTEL_PYTHON_DISABLED_INSTRUMENTATIONS=f"{INSTALLED}, a") == ["on: for_b", "done"]
    assert _lines(python, packages, OTEL_PYTHON_DISABLED_INSTRUMENTATIONS="*") == ["done"]


def test_one_per_library(python: Run, packages: Packages) -> None:
    """Of two for one library the one that follows the current conventions is chosen, with one line."""
    packages.add("a_other", "a")
    packages.add("z_standard", "a", requires="Requires-Dist: opentelemetry-util-genai>=1\n")
    assert _lines(python, packages) == [
        f"a is instrumented by z_standard, not by a_other{OTHERWISE}",
        "on: z_standard",
        "done",
    ]


def test_second_choice(python: Run, packages: Packages) -> None:
    """When the preferred one cannot be loaded, the other is."""
    packages.add("broken", "a", body="import", requires="Requires-Dist: opentelemetry-util-genai>=1\n")
    packages.add("whole", "a")
    first, *rest = _lines(python, packages)
    assert first.startswith("spanmill could not load the instrumentor broken:Instrumentor: ModuleNotFoundError")
    assert rest == ["on: whole", "done"]


def test_failing(python: Run, packages: Packages) -> None:
    """One that fails while it patches is logged, has no successor, and the others are switched on."""
    packages.add("a_failing", "a", body="raise RuntimeError('half way')")
    packages.add("b_other", "a")
    packages.add("for_c", "c")
    lines = [line for line in _lines(python, packages) if "instrumented by" not in line]
    wanted = "spanmill could not switch on the instrumentor a_failing:Instrumentor: RuntimeError: half way"
    assert lines == [wanted, "on: for_c", "done"]


def test_unsatisfied(python: Run, packages: Packages) -> None:
    """One whose library has another version is skipped with a line, one whose library is absent without."""
    for module, needed in (("too_old", "click<1"), ("absent", "no-such-library-at-all")):
        packages.add(module, module, requires=instruments(needed))
    line, done = _lines(python, packages)
    assert line.startswith("too_old is skipped: ")
    assert "click<1" in line
    assert done == "done"


@pytest.mark.parametrize("captured", [True, False])
def test_content(captured: bool, python: Run, receiver: Receiver, model_url: str) -> None:
    """The installed instrumentation of openai records prompts and answers, unless it is told not to."""
    question = "Hi, Ana Costa here. I would like to return the Aster kettle from order KC-4100. How long do I have?"
    done = python(
        f"""
import spanmill
spanmill.init(capture_content={captured})
from openai import OpenAI
with OpenAI(base_url={model_url!r}, api_key="x") as client:
    answer = client.chat.completions.create(model="m", messages=[{{"role": "user", "content": {question!r}}}])
    print(answer.choices[0].message.content)
""",
        OTEL_PYTHON_DISABLED_INSTRUMENTATIONS="",
    )
    assert done.returncode == 0, done.stderr
    (span,) = receiver.spans
    recorded = " ".join(str(value) for value in span.attributes.values())
    assert (question in recorded) is captured
    assert (done.stdout.strip() in recorded) is captured
    assert span.attributes.get("gen_ai.request.model", span.attributes.get("llm.model_name")) == "m"


def test_users_choice_about_content() -> None:
    """What the user has set about content stays as it is."""
    environment = {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "NO_CONTENT"}
    switch(environment, is_captured=True)
    assert environment["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] == "NO_CONTENT"
