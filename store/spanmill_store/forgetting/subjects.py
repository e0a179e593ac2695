"""
Whom or what to forget.

Its id is used as a keyed hash wherever it may be kept: in tombstones, in lists, in rewrites that ClickHouse notes. The
key lies in the same database, so the hash hides an id from whoever reads the table, not from whoever owns the database.
"""

import json
import secrets
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal, Self

from spanmill_store import queries
from spanmill_store.client import Store
from spanmill_store.errors import SpanmillError
from spanmill_store.mapping.sources import FIELDS
from spanmill_store.removal.journal import new_number
from spanmill_store.scoring.plan import clock_ns

What = Literal["user", "session", "trace"]
MAX_ID_CHARS: Final = 10_000
USER_NAMES: Final = [source.attribute for source in FIELDS["UserId"] if not source.path]
SESSION_NAMES: Final = [source.attribute for source in FIELDS["SessionId"] if not source.path]
UNLOGGED: Final = {"log_queries": 0}
"""For statements that carry the id itself: a server must not keep it in its log of queries."""

_NAMES: Final = {"user": USER_NAMES, "session": SESSION_NAMES, "trace": list[str]()}


class NothingToForget(SpanmillError):
    """The request names nobody."""


@dataclass(frozen=True, slots=True)
class Key:
    """The key of the hashes of one installation."""

    k0: int
    k1: int

    @classmethod
    def of(cls, store: Store) -> Self:
        """Read the key, which is made when it is first needed."""
        if not store.rows("forget/salt"):
            salt = ("salt", secrets.token_bytes(16), "", clock_ns(store))
            store.insert("forgotten", ("What", "Hash", "Project", "Time"), [salt])
        [row] = store.rows("forget/salt")
        return cls(row["K0"], row["K1"])


@dataclass(frozen=True, slots=True)
class Subject:
    """
    What one list of traces is made for.

    Attributes:
        number: Of the list.
        hash: Keyed hash of the id, hex; empty for a list of traces that came late.
        project: Empty for all.
        time_ns: When it was asked for.
    """

    number: int
    what: What
    hash: str
    project: str
    time_ns: int
    keep_datasets: bool

    @classmethod
    def named(cls, store: Store, what: What, identity: str, *, project: str = "", keep_datasets: bool = False) -> Self:
        """Return the subject with this id, for a new list."""
        key = Key.of(store)
        hashed = _asked(store, "forget/hash", {"id": identity, **asdict(key)})["Hash"]
        return cls(new_number(), what, hashed, project, clock_ns(store), keep_datasets)

    @classmethod
    def late_traces(cls, store: Store, *, keep_datasets: bool) -> Self:
        """Return the subject of a new list of traces that came after they had been deleted."""
        return cls(new_number(), "trace", "", "", clock_ns(store), keep_datasets)

    @classmethod
    def from_json(cls, number: int, text: str) -> Self:
        """Read what `as_json` wrote."""
        return cls(number=number, **json.loads(text))

    def as_json(self) -> str:
        """Write it down; nothing in it names a person."""
        values = asdict(self)
        del values["number"]
        return json.dumps(values)

    def again(self) -> Self:
        """Return the same subject for a new list."""
        return replace(self, number=new_number())

    def parameters(self, key: Key) -> dict[str, Any]:
        """Return what the queries call its fields."""
        return {
            "pass": self.number,
            "what": self.what,
            "hash": self.hash,
            "project": self.project,
            "time_ns": self.time_ns,
            "keep_datasets": int(self.keep_datasets),
            "names": _NAMES[self.what],
            **asdict(key),
        }


def require_id(what: What, identity: str) -> str:
    """
    Return *identity* as it is compared: without the quotation marks in which some instrumentations put it.

    Raises:
        NothingToForget: It names nobody, or it cannot be an id.
    """
    bare = identity.strip('"')
    if not bare.strip():
        raise NothingToForget(f"The {what} is empty: name one. What names no {what} cannot be told apart.")
    if len(bare) > MAX_ID_CHARS:
        raise NothingToForget(
            f"The id of the {what} has {len(bare)} characters: more than {MAX_ID_CHARS} are not looked for."
        )
    try:
        bare.encode()
    except UnicodeEncodeError as error:
        raise NothingToForget(
            f"The id of the {what} is not text in UTF-8, so nothing can be stored under it."
        ) from error
    return bare


def _asked(store: Store, query: str, parameters: dict[str, Any]) -> dict[str, Any]:
    [row] = store.select(queries.text(query), parameters, settings=UNLOGGED)
    return row
