"""Secrets in texts that are known by what stands beside them: names, ``Bearer …``, ``Basic …``, URLs."""

import base64
import re
from collections.abc import Iterable, Iterator
from typing import Final

from spanmill.masking.assigned import assigned
from spanmill.masking.hits import Hit
from spanmill.masking.names import MIN_TOKEN_CHARS

_AUTHORIZED: Final = re.compile(r"\b(bearer|basic)(?: |%20)([A-Za-z0-9._~+/=\-]+)", re.IGNORECASE | re.ASCII)
_USER: Final = re.compile(r"""://[^\s/?#:@"'<>]{0,256}:([^\s/?#"'<>]{1,256})@""")
_SIGNS: Final = ('"', ":", "=", "'", ">", "%3", "--")
"""Without one of these no name in a text has a value."""


def credentials(text: str) -> Iterator[Hit]:
    """Find what names, schemes and URLs give away."""
    # In small letters, and as long as before: the only letter that becomes two is the Turkish capital I.
    lowered = text.replace("\u0130", "I").lower()
    hits = list(assigned(text, lowered)) if any(sign in text for sign in _SIGNS) else []
    if "bearer" in lowered or "basic" in lowered:
        hits += _authorized(text)
    if "://" in text:
        hits += (Hit(found.start(1), found.end(1)) for found in _USER.finditer(text))
    yield from _merged(sorted(hits))


def _merged(hits: Iterable[Hit]) -> list[Hit]:
    """*hits* without those that begin inside of others; what they hide besides is hidden as well."""
    merged: list[Hit] = []
    for hit in hits:
        if merged and hit.start < merged[-1].end:
            merged[-1] = merged[-1]._replace(end=max(merged[-1].end, hit.end))
        else:
            merged.append(hit)
    return merged


def _authorized(text: str) -> Iterator[Hit]:
    for found in _AUTHORIZED.finditer(text):
        scheme, said = found[1].lower(), found[2]
        is_secret = _is_user_and_password(said) if scheme == "basic" else _is_token(said)
        if is_secret:
            yield Hit(found.start(2), found.end(2))


def _is_token(said: str) -> bool:
    return len(said) >= MIN_TOKEN_CHARS and any(map(str.isdigit, said))


def _is_user_and_password(said: str) -> bool:
    try:
        return b":" in base64.b64decode(said.rstrip("."), validate=True)
    except ValueError:
        return False
