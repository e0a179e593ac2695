"""
Libraries that instrumentors are known for, and what to install: the one that would then be chosen.

As of November 2026; instrumentors that are installed are found without being in here.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Known:
    """
    A library.

    Attributes:
        name: As `spanmill._libraries` calls it.
        packages: That it comes in; the first one that is installed counts.
        instrumentor: Package to install; empty: there is none that can be switched on.
        hint: What to do instead.
        is_about_models: Whether its calls are those of models and agents, which an application is incomplete without.
    """

    name: str
    packages: tuple[str, ...]
    instrumentor: str
    hint: str = ""
    is_about_models: bool = True


_GENAI: Final = "opentelemetry-instrumentation-genai-"
_OPENINFERENCE: Final = "openinference-instrumentation-"
_OTEL: Final = "opentelemetry-instrumentation-"

_MODELS: Final = (
    Known("openai", ("openai",), f"{_GENAI}openai"),
    Known("anthropic", ("anthropic",), f"{_GENAI}anthropic"),
    Known("google-genai", ("google-genai",), f"{_OTEL}google-genai"),
    Known("vertexai", ("google-cloud-aiplatform",), f"{_OPENINFERENCE}vertexai"),
    Known("botocore", ("boto3", "botocore"), f"{_GENAI}bedrock"),
    Known("mistralai", ("mistralai",), f"{_OPENINFERENCE}mistralai"),
    Known("groq", ("groq",), f"{_OPENINFERENCE}groq"),
    Known("cohere", ("cohere",), f"{_OTEL}cohere"),
    Known("together", ("together",), f"{_OTEL}together"),
    Known("ollama", ("ollama",), f"{_OTEL}ollama"),
    Known("replicate", ("replicate",), f"{_OTEL}replicate"),
    Known("litellm", ("litellm",), f"{_OPENINFERENCE}litellm"),
    Known("instructor", ("instructor",), f"{_OPENINFERENCE}instructor"),
    Known("langchain", ("langchain",), f"{_GENAI}langchain"),
    Known("langchain", ("langchain-core",), f"{_OPENINFERENCE}langchain"),
    Known("llama-index", ("llama-index", "llama-index-core"), f"{_GENAI}llama-index"),
    Known("haystack", ("haystack-ai",), f"{_OPENINFERENCE}haystack"),
    Known("dspy", ("dspy",), f"{_GENAI}dspy"),
    Known("crewai", ("crewai",), f"{_OPENINFERENCE}crewai"),
    Known("ag2", ("ag2",), f"{_OPENINFERENCE}ag2"),
    Known("autogen-agentchat", ("autogen-agentchat",), f"{_OPENINFERENCE}autogen-agentchat"),
    Known("smolagents", ("smolagents",), f"{_GENAI}smolagents"),
    Known("openai-agents", ("openai-agents",), f"{_GENAI}openai-agents"),
    Known("agno", ("agno",), f"{_GENAI}agno"),
    Known("google-adk", ("google-adk",), f"{_OPENINFERENCE}google-adk"),
    Known("claude-agent-sdk", ("claude-agent-sdk",), f"{_OPENINFERENCE}claude-agent-sdk"),
    Known("mcp", ("mcp",), f"{_OTEL}mcp"),
    Known("pydantic-ai", ("pydantic-ai", "pydantic-ai-slim"), "", "it records itself: Agent.instrument_all()"),
    Known("strands-agents", ("strands-agents",), "", "it records itself, once spanmill.init was called"),
    Known("chromadb", ("chromadb",), f"{_OTEL}chromadb"),
    Known("pinecone", ("pinecone",), f"{_OTEL}pinecone"),
    Known("qdrant-client", ("qdrant-client",), f"{_OTEL}qdrant"),
    Known("weaviate-client", ("weaviate-client",), f"{_OTEL}weaviate"),
)


def _other(name: str, instrumentor: str | None = None, package: str | None = None) -> Known:
    return Known(name, (package or name,), f"{_OTEL}{instrumentor or name}", is_about_models=False)


_OTHERS: Final = (
    *(_other(name) for name in ("fastapi", "starlette", "flask", "django", "falcon", "tornado", "pyramid")),
    *(_other(name) for name in ("httpx", "requests", "urllib3", "celery", "redis", "sqlalchemy", "asyncpg", "psycopg")),
    *(_other(name) for name in ("psycopg2", "pymongo", "pymysql", "elasticsearch", "aiokafka", "kafka-python", "pika")),
    _other("httpx2", "httpx"),
    _other("aiohttp-client", package="aiohttp"),
    _other("grpcio", "grpc"),
    Known("rq", ("rq",), "", "no instrumentor of it can be switched on; observe your jobs", is_about_models=False),
)

KNOWN: Final = (*_MODELS, *_OTHERS)
