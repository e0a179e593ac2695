"""Forgetting and what is left of it, as tests of it need it; retention, on a fixed day."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from spanmill_store.client import Store
from spanmill_store.forgetting.requests import Proof, carry_out, plan
from spanmill_store.forgetting.subjects import What
from spanmill_store.removal import staging
from spanmill_store.retention.enforcement import Expired, enforce
from support.people import unbalanced

ANNA, BERT = "anna@example.com", "bert@example.com"
CALL = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": "5"}
TODAY = date(2026, 6, 30)


class Killed(BaseException):
    """What a kill would be, between two statements."""


def forget(store: Store, what: What, identity: str, **options: Any) -> Mapping[str, Proof]:
    """Forget, after which the books must balance and no list be left."""
    proofs = carry_out(store, plan(store, what, identity, **options))
    assert unbalanced(store) == []
    assert store.select("SELECT 1 FROM forgetting") == store.select("SELECT 1 FROM removals") == []
    return {one.table: one for one in proofs}


def found(proofs: Mapping[str, Proof]) -> dict[str, int]:
    """Where something was found afterwards."""
    return {table: proof.found for table, proof in proofs.items() if proof.found}


def rows_of(store: Store, table: str) -> int:
    """How many rows there are."""
    return int(store.select(f"SELECT count() AS n FROM {table} SETTINGS final = 1")[0]["n"])


def ago(days: int) -> date:
    """A day before `TODAY`."""
    return TODAY - timedelta(days=days)


def apply(store: Store, today: date = TODAY) -> list[Expired]:
    """One pass, after which the books must balance."""
    found = enforce(store, on=today)
    assert unbalanced(store) == []
    assert staging.staged(store) == []
    return found
