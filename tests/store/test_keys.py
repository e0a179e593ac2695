"""Keys: shown once, stored as a hash, listed, revoked."""

import json

import pytest
from click.testing import CliRunner, Result

from spanmill.cli import main
from spanmill_store import keys
from spanmill_store.client import Store

pytestmark = pytest.mark.clickhouse


def spanmill(url: str, *arguments: str) -> Result:
    """Run ``spanmill keys ARGUMENTS``."""
    return CliRunner().invoke(main, ["keys", *arguments, "--clickhouse-url", url])


def created(url: str, *arguments: str) -> str:
    """Create a key and return it."""
    result = spanmill(url, "create", *arguments)
    assert result.exit_code == 0, result.stderr
    return result.stdout.strip()


def test_a_key_is_shown_once_and_stored_as_a_hash(store: Store, database_url: str) -> None:
    """Nothing of its secret part lies in the table."""
    key = created(database_url, "--project", "acme", "--name", "the shop")
    _, identity, secret = key.split("_", 2)
    assert len(secret) >= 43
    [row] = store.select("SELECT * FROM api_keys")
    assert (row["KeyId"], row["Project"], row["Name"], row["Scopes"]) == (identity, "acme", "the shop", ["ingest"])
    assert secret not in str(row)
    assert keys.usable(store) == [keys.UsableKey(identity, "acme", ("ingest",), keys.hashed(key))]


def test_no_two_keys_are_alike(store: Store, database_url: str) -> None:
    """Neither in their ids nor in their secrets."""
    assert store.database
    made = [created(database_url).split("_", 2) for _ in range(2)]
    assert made[0][1] != made[1][1]
    assert made[0][2] != made[1][2]


def test_a_revoked_key_is_not_usable_and_stays_in_the_list(store: Store, database_url: str) -> None:
    """Who used what stays known."""
    identity = keys.key_id(created(database_url))
    revoked = spanmill(database_url, "revoke", identity)
    assert (revoked.exit_code, revoked.stderr) == (0, "")
    assert keys.usable(store) == []
    [row] = json.loads(spanmill(database_url, "list", "--json").stdout)
    assert (row["key_id"], row["revoked_at"] is None, row["last_used_at"]) == (identity, False, None)
    again = spanmill(database_url, "revoke", identity)
    assert (again.exit_code, "No key in use has the id" in again.stderr) == (1, True)


def test_scopes_are_kept(store: Store, database_url: str) -> None:
    """Several may be given; none but the known ones."""
    created(database_url, "--scope", "read", "--scope", "ingest")
    assert keys.usable(store)[0].scopes == ("read", "ingest")
    assert spanmill(database_url, "create", "--scope", "write").exit_code == 2


@pytest.mark.parametrize(("project", "says"), [("", "is empty"), ("  ", "is empty"), ("a\nb", "cannot be printed")])
def test_a_project_has_a_name(store: Store, database_url: str, project: str, says: str) -> None:
    """One that people can read and type."""
    result = spanmill(database_url, "create", "--project", project)
    assert (result.exit_code, says in result.stderr) == (1, True)
    assert keys.usable(store) == []


def test_commands_speak_json(store: Store, database_url: str) -> None:
    """Programs read what people read."""
    assert store.database
    [made] = json.loads(created(database_url, "--json"))
    assert keys.key_id(made["key"]) == made["key_id"]
    [revoked] = json.loads(spanmill(database_url, "revoke", made["key_id"], "--json").stdout)
    assert revoked == {"key_id": made["key_id"], "revoked": True}


@pytest.mark.parametrize("key", ["", "x", "sm_", "sm_ab", "sm_ab_", "xx_ab_secret", "sm__"])
def test_what_is_no_key_has_no_id(key: str) -> None:
    """Whatever a client sends is looked at as text first."""
    assert keys.key_id(key) == ""
