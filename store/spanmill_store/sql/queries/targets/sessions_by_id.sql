-- Complete sessions by id, as a scorer sees them, with the traces of the last revision.
-- session_ids: a batch of a job. [rows]: scoring/session_rows.
-- InputHash changes when what a scorer sees changes.
-- Reads the granules of these sessions' traces.
SELECT *
FROM (/*[rows]*/ SELECT * FROM sessions WHERE SessionId IN {session_ids:Array(String)} /*[/rows]*/) AS session
INNER JOIN
(
    SELECT Project, SessionId, argMax(done.TraceIds, done.StoreTime) AS CompleteTraceIds, argMax(done.InputHash, done.StoreTime) AS InputHash
    FROM session_completions AS done
    WHERE SessionId IN {session_ids:Array(String)}
    GROUP BY Project, SessionId
) AS completion USING (Project, SessionId)
SETTINGS distributed_product_mode = 'local'
