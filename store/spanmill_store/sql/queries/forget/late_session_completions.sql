-- Put sessions that were deleted for good and were complete again after that into a list of what goes.
-- pass: the list. table: session_completions. partition, parts: where to look. keep_datasets: 1 for those whose test cases stay.
-- k0, k1: key of the hashes.
INSERT INTO forgetting (Pass, What, Project, Id)
SELECT DISTINCT {pass:UInt64}, 'session', Project, SessionId
FROM {table:Identifier}
WHERE _partition_id = {partition:String} AND _part IN {parts:Array(String)} AND SessionId != ''
    AND (toString(Project), sipHash128Keyed(({k0:UInt64}, {k1:UInt64}), trim(BOTH '"' FROM SessionId))) IN
    (
        SELECT toString(Project), Hash FROM forgotten FINAL WHERE What = 'session' AND KeepDatasets = {keep_datasets:UInt8}
    )
