-- Rewrites of a table that are not finished.
-- table: which.
SELECT mutation_id AS Mutation, latest_fail_reason AS Failure
FROM system.mutations
WHERE database = currentDatabase() AND table = {table:String} AND NOT is_done AND NOT is_killed
