-- How many completions of sessions each partition holds that are in the list, or have a trace in it.
-- sessions: session_completions. pass: the list.
-- Reads projects, sessions and ids of traces.
SELECT _partition_id AS PartitionId, count() AS Rows
FROM {sessions:Identifier}
WHERE (Project, SessionId) IN (SELECT Project, Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'session')
    OR arrayExists(id -> id IN (SELECT Id FROM forgetting WHERE Pass = {pass:UInt64} AND What = 'trace'), TraceIds)
GROUP BY PartitionId
ORDER BY PartitionId
