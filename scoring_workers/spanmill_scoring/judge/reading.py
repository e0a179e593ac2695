"""What an endpoint's answer holds, as far as it is there and of the right kind: servers leave out parts, and more."""

from openai.types.chat import ChatCompletion

from spanmill_store.judge_calls import Usage


def text_of(holder: object, name: str) -> str:
    """Return the attribute *name* if it is text, else ''."""
    value = getattr(holder, name, None)
    return value if isinstance(value, str) else ""


def message_of(completion: ChatCompletion | None) -> tuple[str, str, str]:
    """Return content, refusal and finish reason of the first choice, each '' where there is none."""
    choices = getattr(completion, "choices", None)
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = getattr(choice, "message", None)
    return text_of(message, "content"), text_of(message, "refusal"), text_of(choice, "finish_reason")


def usage_of(completion: ChatCompletion | None) -> Usage:
    """Return the tokens that the endpoint has counted."""
    usage = getattr(completion, "usage", None)
    sent, answered = (getattr(usage, f"{part}_tokens_details", None) for part in ("prompt", "completion"))
    return Usage(
        input=_count(usage, "prompt_tokens"),
        output=_count(usage, "completion_tokens"),
        cached=_count(sent, "cached_tokens"),
        reasoning=_count(answered, "reasoning_tokens"),
    )


def _count(holder: object, name: str) -> int | None:
    value = getattr(holder, name, None)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
