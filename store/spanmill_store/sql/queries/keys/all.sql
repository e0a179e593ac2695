-- All keys, the newest first, with the last minute in which each was used.
-- Reads the whole table, which has a row per key, and the last 90 days of the ledger.
SELECT KeyId, Project, Name, Scopes, toString(Hash) AS Hash, CreatedAt, RevokedAt, used.LastUsedAt AS LastUsedAt
FROM (SELECT * FROM api_keys FINAL) AS key
LEFT JOIN
(
    SELECT KeyId, toNullable(max(Minute)) AS LastUsedAt
    FROM ingest_ledger
    WHERE Minute > now() - INTERVAL 90 DAY AND Outcome = 'accepted'
    GROUP BY KeyId
) AS used ON used.KeyId = key.KeyId
ORDER BY CreatedAt DESC, KeyId
