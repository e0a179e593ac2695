-- Every stored column of every table that can hold text.
SELECT table AS Table, name AS Name, type AS Type
FROM system.columns
WHERE database = currentDatabase() AND position(type, 'String') > 0 AND default_kind NOT IN ('ALIAS', 'EPHEMERAL')
    AND table IN
    (
        SELECT name FROM system.tables WHERE database = currentDatabase() AND endsWith(engine, 'MergeTree')
    )
ORDER BY Table, position
