"""
Which library an instrumentor is for.

Entry points are named as their makers like: of three instrumentors of Bedrock two are called ``boto3``, as is a fourth
that has nothing to do with it. What they need says more.
"""

import re
from importlib.metadata import EntryPoint
from typing import Final

from packaging.requirements import Requirement

ALIASES: Final = {
    "boto3": "botocore",
    "bedrock": "botocore",
    "google-cloud-aiplatform": "vertexai",
    "google-generativeai": "google-genai",
    "haystack-ai": "haystack",
    "langchain-core": "langchain",
    "llama-index-core": "llama-index",
    "llamaindex": "llama-index",
    "mistral": "mistralai",
    "psycopg2-binary": "psycopg2",
    "pydantic-ai-slim": "pydantic-ai",
}
"""Names of packages and of entry points that mean the same library."""

PARTS: Final = {
    "opentelemetry-instrumentation-aiohttp-client": "aiohttp-client",
    "opentelemetry-instrumentation-aiohttp-server": "aiohttp-server",
    "opentelemetry-instrumentation-boto3sqs": "boto3-sqs",
}
"""Packages that instrument one part of a library, and are no rivals of those that instrument another."""


def library_of(entry_point: EntryPoint) -> str:
    """Name the library, the same for all instrumentors of it."""
    part = PARTS.get(package_of(entry_point))
    if part is not None:
        return part
    own = canonical(re.sub(r"^genai[-_.]|[-_.]v\d+$", "", entry_point.name))
    needed = [canonical(requirement.name) for requirement in requirements(entry_point)]
    # Of a package for several libraries, each entry point is for one.
    return own if own in needed or not needed else needed[0]


def canonical(name: str) -> str:
    """Return the library that a package or an entry point of this *name* stands for."""
    normalised = re.sub(r"[-_.]+", "-", name).lower()
    return ALIASES.get(normalised, normalised)


def package_of(entry_point: EntryPoint) -> str:
    """Return the name of the package that an instrumentor came with, or else of the entry point."""
    return entry_point.dist.name if entry_point.dist is not None else entry_point.name


def requirements(entry_point: EntryPoint) -> list[Requirement]:
    """What an instrumentor's package says that it instruments, all of it or any."""
    given = (entry_point.dist.requires if entry_point.dist is not None else None) or []
    parsed = [Requirement(text) for text in given if "instruments" in text]
    return [one for one in parsed if one.marker is not None and "extra" in str(one.marker) and _is_instrumented(one)]


def _is_instrumented(requirement: Requirement) -> bool:
    marker = requirement.marker
    return marker is not None and any(marker.evaluate({"extra": extra}) for extra in ("instruments", "instruments-any"))
