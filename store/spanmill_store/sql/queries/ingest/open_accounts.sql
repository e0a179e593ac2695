-- Minutes whose books do not balance, the latest first.
-- within_s: how far to look back. settled_s: the youngest seconds, whose items may be on the way.
-- Counts the items received in that time by their IngestTime.
SELECT Minute, Project, KeyId, Signal, Received, Stored, Refused, DeadLettered, Expired, Deleted, Unaccounted
FROM ingest_accounts
WHERE Minute >= now() - {within_s:UInt32} AND Minute < toStartOfMinute(now() - {settled_s:UInt32})
    AND Unaccounted != 0
ORDER BY Minute DESC, Project, KeyId, Signal
