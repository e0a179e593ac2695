"""Instrumentors of one library are known as such, however their makers named them."""

from importlib.metadata import distributions

import pytest

from spanmill._libraries import library_of
from support.otlp_receiver import Receiver
from support.packages import Packages, instruments
from support.programs import Run

LOGGING = """
import logging, sys
logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
for name in ("opentelemetry", "httpx", "httpx2", "openai"):
    logging.getLogger(name).setLevel(logging.CRITICAL)
"""
HOST = LOGGING + "import spanmill\nspanmill.init()\n"
OTHERWISE = "; to choose otherwise, name openinference-instrumentation-bedrock in OTEL_PYTHON_DISABLED_INSTRUMENTATIONS"
QUESTION = "Hi, Ana Costa here. I would like to return the Aster kettle from order KC-4100. How long do I have?"


@pytest.mark.parametrize(
    ("package", "name", "needed", "library"),
    [
        # As published, in November 2026.
        ("openinference-instrumentation-bedrock", "bedrock", ["boto3>=1.40.46"], "botocore"),
        ("opentelemetry-instrumentation-bedrock", "boto3", ["boto3"], "botocore"),
        ("opentelemetry-instrumentation-boto3sqs", "boto3", ["boto3~=1.0"], "boto3-sqs"),
        ("opentelemetry-instrumentation-aiohttp-client", "aiohttp-client", ["aiohttp~=3.0"], "aiohttp-client"),
        ("opentelemetry-instrumentation-aiohttp-server", "aiohttp-server", ["aiohttp~=3.0"], "aiohttp-server"),
        ("openinference-instrumentation-langchain", "langchain", ["langchain-core>=0.3.9"], "langchain"),
        ("opentelemetry-instrumentation-genai-langchain", "langchain", ["langchain<2,>=0.3.22"], "langchain"),
        ("openinference-instrumentation-llama-index", "llama_index", ["llama-index-core", "x"], "llama-index"),
        ("opentelemetry-instrumentation-llamaindex", "llama-index", ["llama-index"], "llama-index"),
        ("openinference-instrumentation-google-genai", "google_genai", ["google-genai>=2"], "google-genai"),
        ("opentelemetry-instrumentation-google-generativeai", "google_generativeai", ["google-genai"], "google-genai"),
        ("openinference-instrumentation-haystack", "haystack", ["haystack-ai>=2.18.0"], "haystack"),
        ("opentelemetry-instrumentation-haystack", "haystack-ai", ["haystack-ai"], "haystack"),
        ("openinference-instrumentation-vertexai", "vertexai", ["google-cloud-aiplatform>=1.63"], "vertexai"),
        ("opentelemetry-instrumentation-vertexai", "google_cloud_aiplatform", ["google-cloud-aiplatform"], "vertexai"),
        ("opentelemetry-instrumentation-genai-openai-agents", "openai_agents", ["openai-agents<1"], "openai-agents"),
        # With nothing but a name.
        ("a", "genai-openai", [], "openai"),
        ("a", "openai_v2", [], "openai"),
        ("a", "llamaindex", [], "llama-index"),
        ("a", "bedrock", [], "botocore"),
        ("a", "mistral", [], "mistralai"),
        ("a", "crewai", [], "crewai"),
    ],
)
def test_the_library(packages: Packages, package: str, name: str, needed: list[str], library: str) -> None:
    """Is what the package says that it instruments, or else what its entry point is called."""
    packages.add("made_up", name, name=package, requires=instruments(*needed))
    [entry_point] = next(iter(distributions(path=[str(packages.folder)]))).entry_points
    assert library_of(entry_point) == library


def _lines(python: Run, packages: Packages, **variables: str) -> list[str]:
    done = python(HOST, PYTHONPATH=str(packages.folder), **variables)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_rivals_with_different_names(python: Run, packages: Packages) -> None:
    """One of them is switched on, and which others are not, and how to choose otherwise, is one line."""
    packages.describe("boto3", version="1.50")
    packages.describe("botocore", version="1.50")
    for name, module, entry, needed in (
        ("openinference-instrumentation-bedrock", "inference_bedrock", "bedrock", "boto3"),
        ("opentelemetry-instrumentation-botocore", "contrib_botocore", "botocore", "botocore"),
        ("opentelemetry-instrumentation-boto3sqs", "contrib_sqs", "boto3", "boto3"),
    ):
        packages.add(module, entry, name=name, requires=instruments(needed))
    assert _lines(python, packages, OTEL_PYTHON_DISABLED_INSTRUMENTATIONS="openai") == [
        "on: contrib_sqs",
        f"botocore is instrumented by inference_bedrock, not by contrib_botocore{OTHERWISE}",
        "on: inference_bedrock",
    ]
    disabled = "openai,openinference-instrumentation-bedrock"
    assert _lines(python, packages, OTEL_PYTHON_DISABLED_INSTRUMENTATIONS=disabled) == [
        "on: contrib_sqs",
        "on: contrib_botocore",
    ]


def test_one_package_for_two_libraries(python: Run, packages: Packages) -> None:
    """Is no rival of its own, and only what is there of them is instrumented."""
    needed = instruments("first-library", "second-library", "third-library", extra="instruments-any")
    packages.describe("first-library")
    packages.describe("second-library")
    packages.add("twofold", "first-library", requires=needed)
    entry_points = "".join(f"{name}-library = twofold:Instrumentor\n" for name in ("first", "second", "third"))
    packages.folder.joinpath("twofold-1.0.dist-info/entry_points.txt").write_text(
        f"[opentelemetry_instrumentor]\n{entry_points}"
    )
    on = _lines(python, packages, OTEL_PYTHON_DISABLED_INSTRUMENTATIONS="openai")
    assert on == ["on: twofold", "on: twofold"]


def test_one_that_says_only_when_loaded_what_it_is_for(python: Run, packages: Packages) -> None:
    """Is asked, and left out where that is absent."""
    asked = "pass\n    def instrumentation_dependencies(self):\n        return ['no-such-library']"
    packages.add("mute", "mute", body=asked)
    packages.add("spoken", "mute")
    assert _lines(python, packages, OTEL_PYTHON_DISABLED_INSTRUMENTATIONS="openai")[-1] == "on: spoken"


@pytest.mark.parametrize(
    ("before", "disabled", "key"),
    [
        ("", "", "gen_ai.operation.name"),
        ("", "opentelemetry-instrumentation-genai-openai", "llm.system"),
        (
            "from openinference.instrumentation.openai import OpenAIInstrumentor as I; I().instrument()",
            "",
            "llm.system",
        ),
    ],
    ids=["the current conventions win", "unless told otherwise", "or switched on otherwise"],
)
def test_the_real_two_of_openai(
    python: Run, receiver: Receiver, model_url: str, before: str, disabled: str, key: str
) -> None:
    """Of OpenTelemetry and OpenInference, both installed here: a call is one span, with the question."""
    done = python(
        f"""
{LOGGING}
{before}
import spanmill
spanmill.init()
from openai import OpenAI
with OpenAI(base_url={model_url!r}, api_key="x") as client:
    client.chat.completions.create(model="m", messages=[{{"role": "user", "content": {QUESTION!r}}}])
""",
        OTEL_PYTHON_DISABLED_INSTRUMENTATIONS=disabled,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("openai is instrumented by ") is (not disabled)
    assert ("so not by" in done.stdout) is bool(before)
    [span] = receiver.spans
    assert key in span.attributes
    assert QUESTION in " ".join(map(str, span.attributes.values()))
