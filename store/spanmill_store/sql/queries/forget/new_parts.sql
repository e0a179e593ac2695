-- Parts of some tables that hold rows which were not looked at yet, of days on which something was that is deleted now.
-- tables: which. last_day: days after it are not looked at, except impossible ones. tomorrow: the last possible day.
-- Reads the list of parts.
SELECT part.Table AS Table, part.PartitionId AS PartitionId,
    arrayMap(one -> one.1, arrayFilter(one -> one.2 > seen, part.Blocks)) AS Parts, part.MaxBlock AS MaxBlock,
    if(mark.MaxBlock > part.MaxBlock, 0, mark.MaxBlock) AS seen
FROM
(
    SELECT table AS Table, partition_id AS PartitionId, max(max_block_number) AS MaxBlock,
        groupArray((name, max_block_number)) AS Blocks, toDateOrNull(any(partition)) AS Day
    FROM system.parts
    WHERE database = currentDatabase() AND active AND rows > 0 AND table IN {tables:Array(String)}
    GROUP BY Table, PartitionId
    HAVING isNull(Day) OR Day <= {last_day:Date} OR Day > {tomorrow:Date}
) AS part
LEFT JOIN (SELECT Table, PartitionId, MaxBlock FROM upkeep_marks FINAL WHERE Purpose = 'forget') AS mark
    ON mark.Table = part.Table AND mark.PartitionId = part.PartitionId
WHERE notEmpty(Parts)
ORDER BY Table, PartitionId
