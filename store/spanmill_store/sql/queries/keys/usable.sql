-- The keys that are not revoked, as a collector needs them.
-- Reads the whole table, which has a row per key.
SELECT KeyId, Project, Scopes, toString(Hash) AS Hash
FROM api_keys FINAL
WHERE isNull(RevokedAt)
ORDER BY KeyId
