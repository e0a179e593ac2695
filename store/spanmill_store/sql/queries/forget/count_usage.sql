-- How many rows of what a user used each partition holds.
-- usage: user_usage_parts. what: a row names nothing but a user. hash: of the id; k0, k1: key of the hash.
-- project: '' for all. time_ns: what came later is new.
SELECT _partition_id AS PartitionId, count() AS Rows
FROM {usage:Identifier}
WHERE {what:String} = 'user' AND Minute < fromUnixTimestamp64Nano({time_ns:Int64})
    AND ({project:String} = '' OR Project = {project:String})
    AND UserId != '' AND sipHash128Keyed(({k0:UInt64}, {k1:UInt64}), trim(BOTH '"' FROM UserId)) = unhex({hash:String})
GROUP BY PartitionId
ORDER BY PartitionId
