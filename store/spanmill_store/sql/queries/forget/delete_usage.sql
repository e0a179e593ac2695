-- Rewrite a partition without what a user used.
-- usage: user_usage_parts. partition: its id. what: a row names nothing but a user. hash: of the id; k0, k1: key of the hash.
-- project: '' for all. time_ns: what came later is new.
ALTER TABLE {usage:Identifier} DELETE IN PARTITION ID {partition:String}
WHERE {what:String} = 'user' AND Minute < fromUnixTimestamp64Nano({time_ns:Int64})
    AND ({project:String} = '' OR Project = {project:String})
    AND UserId != '' AND sipHash128Keyed(({k0:UInt64}, {k1:UInt64}), trim(BOTH '"' FROM UserId)) = unhex({hash:String})
