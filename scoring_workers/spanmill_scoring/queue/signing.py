"""Signatures of jobs, so that whoever can write to Redis but does not know the key cannot make workers do anything."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

FIELD: Final = "signature"
"""Where the signature lies in a job's meta data."""


class Signer:
    """Signs and checks the arguments of jobs with *key*, which planners and workers share; without one, neither."""

    def __init__(self, key: str = "") -> None:
        self._key = key.encode()

    def meta(self, job_id: str, arguments: Sequence[Any]) -> dict[str, str]:
        """Return the meta data of a job with these *arguments*."""
        return {FIELD: self._signature(job_id, arguments)} if self._key else {}

    def accepts(self, job_id: str, arguments: Sequence[Any], meta: Mapping[str, Any]) -> bool:
        """Whether a job was made by someone who knows the key, or there is none."""
        given = meta.get(FIELD)
        if not self._key:
            return True
        return isinstance(given, str) and hmac.compare_digest(given, self._signature(job_id, arguments))

    def _signature(self, job_id: str, arguments: Sequence[Any]) -> str:
        """HMAC-SHA256 of the id and the arguments as JSON; the id too, so that a job is not performed under another."""
        text = json.dumps([job_id, *arguments], separators=(",", ":"))
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()
