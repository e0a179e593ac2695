"""Names of providers: what spans say (OpenTelemetry's names) and what ``genai-prices`` calls them."""

from typing import Final

OF_SPANS: Final = {
    "openai": "openai",
    "anthropic": "anthropic",
    "gcp.gemini": "google",
    "gcp.vertex_ai": "google",
    "gcp.gen_ai": "google",
    "aws.bedrock": "aws",
    "azure.ai.openai": "azure",
    "azure.ai.inference": "azure",
    "mistral_ai": "mistral",
    "x_ai": "x-ai",
    "moonshot_ai": "moonshotai",
    "cohere": "cohere",
    "groq": "groq",
    "deepseek": "deepseek",
    "perplexity": "perplexity",
}
"""Provider as in the column of spans → id in the price list. Any other name is matched by the list itself."""

LITELLM: Final = "litellm"
"""A gateway that names the provider in front of the model: ``anthropic/claude-opus-4``."""


def id_of(provider: str) -> str:
    """Return what to ask the price list for; names that say Azure are not taken for what they contain, OpenAI."""
    if provider in OF_SPANS:
        return OF_SPANS[provider]
    return "azure" if "azure" in provider else provider


def of_id(provider_id: str) -> list[str]:
    """Return the names under which spans mention the provider *provider_id* of the list."""
    return [name for name, known in OF_SPANS.items() if known == provider_id] or [provider_id]
