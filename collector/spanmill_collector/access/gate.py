"""The gate: who sends this, and may they? Asked before a single byte of a body is read or inflated."""

import hmac
from typing import Final

from spanmill_collector.access.caller import ANYBODY, Caller
from spanmill_collector.access.keyring import Keyring
from spanmill_collector.errors import Reason, Refusal
from spanmill_store.keys import UsableKey, hashed, key_id

HEADERS: Final = ("authorization", "x-api-key")
"""Where a key may be: as ``Bearer KEY`` in the first, as it is in the second."""

_HOW: Final = "send the header `authorization: Bearer KEY`, and make a key with `spanmill keys create`"


class Gate:
    """Admits requests."""

    def __init__(self, keyring: Keyring, *, requires_key: bool) -> None:
        self._keyring = keyring
        self._requires_key = requires_key

    def admit(self, authorization: str | None, api_key: str | None) -> Caller:
        """
        Say who sends a request with these headers.

        Raises:
            Refusal: There is no key where one is needed, or it is not valid, or it permits nothing of the kind.
        """
        key = _key(authorization, api_key)
        if key is None:
            if self._requires_key:
                raise Refusal(Reason.UNAUTHENTICATED, f"This collector needs a key: {_HOW}.")
            return ANYBODY
        found = self._valid(key)
        if "ingest" in found.scopes or "admin" in found.scopes:
            return Caller(found.project, found.key_id)
        if "feedback" in found.scopes:
            return Caller(found.project, found.key_id, is_public=True)
        raise Refusal(
            Reason.FORBIDDEN,
            f"The key {found.key_id} permits {', '.join(found.scopes) or 'nothing'}, not to send: "
            "make one with `spanmill keys create --scope ingest`.",
        )

    def _valid(self, key: str) -> UsableKey:
        found = self._keyring.find(key_id(key))
        if found is not None and hmac.compare_digest(found.hash, hashed(key)):
            return found
        if not self._keyring.is_known:
            raise Refusal(Reason.KEYS_UNKNOWN, "The collector has just started and does not know the keys yet.")
        raise Refusal(Reason.UNAUTHENTICATED, f"The key is not valid (unknown or revoked): {_HOW}.")


def _key(authorization: str | None, api_key: str | None) -> str | None:
    if authorization is None:
        return api_key
    scheme, _, rest = authorization.partition(" ")
    # Whoever sends an authorization of another kind means to be somebody: not anybody.
    return rest.strip() if scheme.lower() == "bearer" else authorization
