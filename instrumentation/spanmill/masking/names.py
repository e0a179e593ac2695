"""Names that give a secret away: of attributes, headers, arguments, variables, members of JSON objects."""

import re
from typing import Final, Literal

Secrecy = Literal["none", "token", "secret"]
"""What a name says about its value. A bare ``token`` may be a tokenizer's, and then it is short."""

MIN_TOKEN_CHARS: Final = 16

WORDS: Final = (
    "authorization",
    "cookie",
    "cookies",
    "password",
    "passwords",
    "passwd",
    "pwd",
    "passphrase",
    "passcode",
    "secret",
    "secrets",
    "token",
    "jwt",
    "apikey",
    "api_key",
    "access_key",
    "secret_key",
    "private_key",
    "signing_key",
    "encryption_key",
    "account_key",
    "credential",
    "credentials",
    "connection_string",
    "cvv",
    "cvc",
)
"""With these a name ends, or one of its dotted parts: ``db.password``, ``X-Api-Key``, ``clientSecret``."""

_AFTER: Final = (
    "type count counts length limit usage name id ttl expiry expires expires_in size kind status version policy enabled"
    " logprob index label"
)
_ABOUT: Final = frozenset(_AFTER.split())
"""A part that follows and says something about the secret only, ``gen_ai.token.type``."""

_BEFORE: Final = (
    "max min eos bos pad sep unk cls mask stop special first last next per prompt completion input output cached"
    " reasoning total new"
)
_NO_SECRETS: Final = frozenset(f"{word}_token" for word in _BEFORE.split())
"""Tokens of models."""

_COUNTS: Final = ("gen_ai.usage.", "llm.token_count.", "llm.usage.", "ai.usage.")

_PART: Final = re.compile(r"[^.\[\]/:\s]+")
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_MAX_CHARS: Final = 500


def secrecy(name: str) -> Secrecy:
    """Return what *name* says about its value."""
    if name.lower().startswith(_COUNTS):
        return "none"
    parts = [_snake(part) for part in _PART.findall(name[-_MAX_CHARS:])]
    for place, part in enumerate(parts):
        if _is_secret(part) and (place + 1 == len(parts) or parts[place + 1] not in _ABOUT):
            return "token" if part == "token" else "secret"
    return "none"


def _snake(part: str) -> str:
    return "_".join(_WORD.findall(part)).lower()


def _is_secret(part: str) -> bool:
    if part.endswith("_token") and "_".join(part.split("_")[-2:]) in _NO_SECRETS:
        return False
    return any(part == word or part.endswith("_" + word) for word in WORDS)
