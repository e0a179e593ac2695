"""Migrations: numbered, frozen, applied once, safe to apply half."""

import hashlib
import json
from pathlib import Path

import pytest

from spanmill_store import generate, migrations
from spanmill_store.client import Store
from spanmill_store.errors import MigrationError

LOCK = Path(__file__).parent / "migrations.lock.json"
"""
Checksums of all migrations. A new migration adds a line; a changed line is a changed history: before the first release
it must at least be deliberate, and afterwards it never happens.
"""


def test_numbers_have_no_gaps() -> None:
    """Versions count from 1 without a gap, so that an order is never in doubt."""
    assert [migration.version for migration in migrations.known()] == list(range(1, len(migrations.known()) + 1))


def test_migrations_are_frozen() -> None:
    """Every migration is what its checksum in the lock file says."""
    assert {str(migration): migration.checksum for migration in migrations.known()} == json.loads(LOCK.read_text())


def test_generated_files_are_what_the_description_says() -> None:
    """The committed SQL and protobuf schema are those that the declarative tables give."""
    for path, content in generate.generated_files().items():
        assert (generate.SQL_FOLDER / path).read_text() == content, f"run python -m spanmill_store.generate: {path}"


def test_a_statement_separator_splits_a_file() -> None:
    """Statements are separated by lines of our own choosing, comments between them are none."""
    migration = migrations.Migration(1, "x", "-- what\nSELECT 1\n-- ;\n-- only a comment\n-- ;\nSELECT ';'\n")
    assert migration.statements == ["-- what\nSELECT 1", "SELECT ';'"]
    assert migration.checksum == hashlib.sha256(migration.sql.encode()).hexdigest()


@pytest.mark.clickhouse
class TestApplying:
    """Migrations against a real server."""

    def test_a_second_time_changes_nothing(self, store: Store) -> None:
        """What was applied is remembered, and applying its statements again would be harmless."""
        tables = "SELECT name, create_table_query FROM system.tables WHERE database = currentDatabase() ORDER BY name"
        before = store.select(tables)
        assert migrations.migrate(store) == []
        for migration in migrations.known():
            for statement in migration.statements:
                store.execute(statement)
        assert store.select(tables) == before

    def test_a_changed_migration_is_refused(self, store: Store) -> None:
        """A database whose history differs from the files is not touched."""
        store.insert("schema_migrations", ("Version", "Name", "Checksum", "DurationMs"), [(1, "other", "0", 0)])
        with pytest.raises(MigrationError, match="0001_model_prices was changed after it had been applied"):
            migrations.migrate(store)

    def test_a_newer_database_is_refused(self, store: Store) -> None:
        """A database that a newer spanmill migrated is not touched."""
        store.insert("schema_migrations", ("Version", "Name", "Checksum", "DurationMs"), [(999, "later", "0", 0)])
        with pytest.raises(MigrationError, match="has migration 0999, which this spanmill does not know: upgrade"):
            migrations.migrate(store)
