-- Applied migrations, oldest first. A handful of rows.
SELECT Version, Name, Checksum, AppliedAt, DurationMs
FROM schema_migrations FINAL
ORDER BY Version
