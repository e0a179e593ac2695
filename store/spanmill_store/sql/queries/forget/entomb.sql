-- Remember, as hashes, what is in the list of what goes.
-- pass: the list. time_ns: when it was asked for. keep_datasets: 1 where test cases stay. k0, k1: key of the hashes.
INSERT INTO forgotten (What, Hash, Project, Time, KeepDatasets)
SELECT DISTINCT What, sipHash128Keyed(({k0:UInt64}, {k1:UInt64}), Id), Project, fromUnixTimestamp64Nano({time_ns:Int64}),
    {keep_datasets:UInt8}
FROM forgetting
WHERE Pass = {pass:UInt64} AND What IN ('trace', 'session')
