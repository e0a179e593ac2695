-- Whose targets a run has flagged.
-- run: which. Reads two columns of it.
SELECT DISTINCT Project
FROM sql_runs
WHERE Run = {run:UInt64} AND State IN ('scored', 'late_rescored') AND IsFlagged
ORDER BY Project
