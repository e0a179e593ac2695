-- How long nothing was heard of whoever has the lock.
SELECT dateDiff('second', metadata_modification_time, now()) AS AgeS
FROM system.tables
WHERE database = currentDatabase() AND name = 'upkeep_lock'
