"""
Keys: who may send, read or administer, and for which project.

A key is ``sm_<id>_<secret>``. Its secret has 256 random bits, so a fast hash protects it as well as a slow one would;
what is stored is the SHA-256 of the whole key, and the key itself is seen once, by whoever creates it.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, get_args

from spanmill_store.client import Store
from spanmill_store.errors import SpanmillError

Scope = Literal["ingest", "feedback", "read", "admin"]
"""
What a key permits: to send anything; to send evaluation results only (such a key may be public, in a web page); to ask;
to administer, which includes the others.
"""

SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
PREFIX: Final = "sm"
_ID_BYTES: Final = 6
_SECRET_BYTES: Final = 32


class InvalidKey(SpanmillError):
    """A key cannot be made, or is not there."""


@dataclass(frozen=True, slots=True)
class Key:
    """What is stored of a key; *last_used_at* is the minute of its last accepted request within 90 days."""

    key_id: str
    project: str
    name: str
    scopes: tuple[Scope, ...]
    hash: str
    created_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


def new_key() -> str:
    """Make a key."""
    return f"{PREFIX}_{secrets.token_hex(_ID_BYTES)}_{secrets.token_urlsafe(_SECRET_BYTES)}"


def key_id(key: str) -> str:
    """Return the id in *key*, the empty string where it has the form of no key."""
    prefix, _, rest = key.partition("_")
    identity, _, secret = rest.partition("_")
    return identity if prefix == PREFIX and secret else ""


def hashed(key: str) -> str:
    """SHA-256 of *key*, hex."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def create(store: Store, *, project: str, name: str, scopes: Sequence[Scope]) -> str:
    """
    Make a key and return it; nobody can see it again.

    Raises:
        InvalidKey: *project* is no name, or there is no scope.
    """
    if not project.strip():
        raise InvalidKey("The project of a key is empty: name one, for example --project default.")
    if not project.isprintable():
        raise InvalidKey(f"The project {project!r} has characters that cannot be printed: name it without them.")
    if not scopes:
        raise InvalidKey(f"A key needs a scope: {', '.join(SCOPES)}.")
    key = new_key()
    columns = ("KeyId", "Project", "Name", "Scopes", "Hash", "CreatedAt")
    row = (key_id(key), project, name, list(dict.fromkeys(scopes)), hashed(key), datetime.now(UTC))
    store.insert("api_keys", columns, [row])
    return key


def all_keys(store: Store) -> list[Key]:
    """Return all keys, revoked ones too, the newest first."""
    return [
        Key(
            key_id=row["KeyId"],
            project=row["Project"],
            name=row["Name"],
            scopes=tuple(row["Scopes"]),
            hash=row["Hash"],
            created_at=row["CreatedAt"],
            revoked_at=row["RevokedAt"],
            last_used_at=row["LastUsedAt"],
        )
        for row in store.rows("keys/all")
    ]


def revoke(store: Store, identity: str) -> None:
    """
    Revoke the key with this id.

    Raises:
        InvalidKey: There is none, or it is revoked already.
    """
    if not store.run("keys/revoke", key_id=identity):
        raise InvalidKey(f"No key in use has the id {identity!r}: see `spanmill keys list`.")


@dataclass(frozen=True, slots=True)
class UsableKey:
    """What a collector needs to know of a key."""

    key_id: str
    project: str
    scopes: tuple[Scope, ...]
    hash: str


def usable(store: Store) -> list[UsableKey]:
    """Return the keys that are not revoked."""
    return [
        UsableKey(row["KeyId"], row["Project"], tuple(row["Scopes"]), row["Hash"]) for row in store.rows("keys/usable")
    ]
