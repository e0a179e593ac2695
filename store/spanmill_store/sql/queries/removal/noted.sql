-- Removals that are under way or were interrupted.
-- Reads the whole table, which is empty most of the time.
SELECT Pass, Forget, Outcome, Table, groupUniqArray(PartitionId) AS Partitions, sum(Items) AS Rows
FROM removals
GROUP BY Pass, Forget, Outcome, Table
ORDER BY Pass
