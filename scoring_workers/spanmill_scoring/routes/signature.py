"""
Signatures of webhooks, by Standard Webhooks: receivers have libraries for it in every language.

The HMAC-SHA256 is over the id, the time and the body: nothing of it can be changed, and an old request cannot be sent
as a new one.
"""

import base64
import binascii
import hashlib
import hmac
from typing import Final

ID_HEADER: Final = "webhook-id"
"""The same for every attempt: who has seen it need not look again."""

TIME_HEADER: Final = "webhook-timestamp"
SIGNATURE_HEADER: Final = "webhook-signature"

MIN_SECRET_BYTES: Final = 16
_PREFIX: Final = "whsec_"


class InvalidSecret(ValueError):
    """A secret is too short, or not what its prefix says."""


def key_of(secret: str) -> bytes:
    """
    Return the key in *secret*: text, or base64 behind ``whsec_``.

    Raises:
        InvalidSecret: It is no base64, or shorter than `MIN_SECRET_BYTES`.
    """
    try:
        encoded = secret.removeprefix(_PREFIX)
        key = base64.b64decode(encoded, validate=True) if secret.startswith(_PREFIX) else secret.encode()
    except (binascii.Error, ValueError) as error:
        raise InvalidSecret(f"is not base64 behind {_PREFIX}") from error
    if len(key) < MIN_SECRET_BYTES:
        raise InvalidSecret(f"holds a secret of {len(key)} bytes, and needs {MIN_SECRET_BYTES} at least")
    return key


def headers(key: bytes, message_id: str, time_s: int, body: bytes) -> dict[str, str]:
    """Return the headers that go with *body*, sent at *time_s*, seconds since 1970."""
    signed = f"{message_id}.{time_s}.".encode() + body
    digest = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {ID_HEADER: message_id, TIME_HEADER: str(time_s), SIGNATURE_HEADER: f"v1,{digest}"}
