-- Revoke one key, unless it is already.
-- key_id: its id.
-- Reads one key.
INSERT INTO api_keys (KeyId, Project, Name, Scopes, Hash, CreatedAt, RevokedAt)
SELECT KeyId, Project, Name, Scopes, Hash, CreatedAt, now64(3)
FROM api_keys FINAL
WHERE KeyId = {key_id:String} AND isNull(RevokedAt)
