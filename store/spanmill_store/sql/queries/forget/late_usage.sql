-- Which users that were deleted for good have come again in what users used, as by a count that was under way.
-- usage, partition, parts: where to look. k0, k1: key of the hashes.
-- Reads two columns of the parts.
SELECT DISTINCT 'user' AS What, hex(tombstone.Hash) AS Hash, tombstone.Project AS Project,
    tombstone.TimeNs AS TimeNs, tombstone.KeepDatasets AS KeepDatasets
FROM
(
    SELECT toString(Project) AS RowProject, Minute,
        sipHash128Keyed(({k0:UInt64}, {k1:UInt64}), trim(BOTH '"' FROM UserId)) AS Hash
    FROM {usage:Identifier}
    WHERE _partition_id = {partition:String} AND _part IN {parts:Array(String)} AND UserId != ''
        AND Minute < (SELECT max(Time) FROM forgotten WHERE What = 'user')
) AS found
INNER JOIN
(
    SELECT Hash, toString(Project) AS Project, toUnixTimestamp64Nano(Time) AS TimeNs, toUInt8(KeepDatasets) AS KeepDatasets
    FROM forgotten FINAL
    WHERE What = 'user'
) AS tombstone ON tombstone.Hash = found.Hash
WHERE toUnixTimestamp64Nano(toDateTime64(found.Minute, 9)) < tombstone.TimeNs
    AND (tombstone.Project = '' OR tombstone.Project = found.RowProject)
