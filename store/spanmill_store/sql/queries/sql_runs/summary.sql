-- What a run came to: targets by the state that the ledger gets, how many of them are flagged, and how many had been scored
-- before late spans came.
-- run: which. Reads three columns of the run.
SELECT State, count() AS Targets, countIf(IsFlagged) AS Flagged, countIf(Revision > 0) AS Late
FROM sql_runs
WHERE Run = {run:UInt64}
GROUP BY State
