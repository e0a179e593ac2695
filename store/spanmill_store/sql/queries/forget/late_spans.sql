-- Whose data that was deleted for good has come again, named by a span.
-- table, partition, parts: where to look. user_names, session_names: attributes that hold the id of a user, of a session.
-- k0, k1: key of the hashes.
-- Reads the attributes of the parts; those that begin after the last request to forget are left out by their index.
SELECT DISTINCT tombstone.What AS What, hex(tombstone.Hash) AS Hash, tombstone.Project AS Project,
    tombstone.TimeNs AS TimeNs, tombstone.KeepDatasets AS KeepDatasets
FROM
(
    SELECT toString(Project) AS RowProject, Timestamp AS Time, arrayJoin(arrayFilter(
            id -> id.2 != '',
            arrayConcat(
                [('user', trim(BOTH '"' FROM UserId)), ('session', trim(BOTH '"' FROM SessionId))],
                arrayMap(name -> ('user', trim(BOTH '"' FROM SpanAttributes[name])), {user_names:Array(String)}),
                arrayMap(name -> ('user', trim(BOTH '"' FROM ResourceAttributes[name])), {user_names:Array(String)}),
                arrayMap(name -> ('session', trim(BOTH '"' FROM SpanAttributes[name])), {session_names:Array(String)}),
                arrayMap(name -> ('session', trim(BOTH '"' FROM ResourceAttributes[name])), {session_names:Array(String)})
            )
        )) AS named,
        named.1 AS What, sipHash128Keyed(({k0:UInt64}, {k1:UInt64}), named.2) AS Hash
    FROM {table:Identifier}
    WHERE _partition_id = {partition:String} AND _part IN {parts:Array(String)}
        AND Timestamp < (SELECT max(Time) FROM forgotten WHERE What != 'salt')
) AS found
INNER JOIN
(
    SELECT toString(What) AS What, Hash, toString(Project) AS Project, toUnixTimestamp64Nano(Time) AS TimeNs,
        toUInt8(KeepDatasets) AS KeepDatasets
    FROM forgotten FINAL
    WHERE What IN ('user', 'session')
) AS tombstone ON tombstone.What = found.What AND tombstone.Hash = found.Hash
WHERE toUnixTimestamp64Nano(found.Time) < tombstone.TimeNs
    AND (tombstone.Project = '' OR tombstone.Project = found.RowProject)
