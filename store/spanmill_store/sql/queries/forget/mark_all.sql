-- Note that every row which is there now need not be looked at: whoever asks to forget looks at all of them.
-- tables: of which tables.
INSERT INTO upkeep_marks (Purpose, Table, PartitionId, MaxBlock, Rule)
SELECT 'forget', table, partition_id, max(max_block_number), ''
FROM system.parts
WHERE database = currentDatabase() AND active AND table IN {tables:Array(String)}
GROUP BY table, partition_id
