-- Partitions that may hold what has expired, and what is known of them: days before a day, days still to come (of broken
-- clocks), and tables that are not partitioned by day.
-- tables: which. before: the first day of which nothing can have expired. tomorrow: the last day that is plausible.
-- Reads no row of the tables, only the list of parts.
SELECT part.Table AS Table, part.PartitionId AS PartitionId, part.Day AS Day, part.MaxBlock AS MaxBlock,
    mark.MaxBlock AS SeenBlock, mark.Rule AS SeenRule
FROM
(
    SELECT table AS Table, partition_id AS PartitionId, toDateOrNull(any(partition)) AS Day, max(max_block_number) AS MaxBlock
    FROM system.parts
    WHERE database = currentDatabase() AND active AND rows > 0 AND table IN {tables:Array(String)}
    GROUP BY Table, PartitionId
    HAVING isNull(Day) OR Day < {before:Date} OR Day > {tomorrow:Date}
) AS part
LEFT JOIN (SELECT Table, PartitionId, MaxBlock, Rule FROM upkeep_marks FINAL WHERE Purpose = 'retention') AS mark
    ON mark.Table = part.Table AND mark.PartitionId = part.PartitionId
ORDER BY Table, PartitionId
