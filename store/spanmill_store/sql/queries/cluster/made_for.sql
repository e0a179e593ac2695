-- Which cluster the database was made for: the one that its table of spans is distributed over, '' for one node.
-- Reads one row of a system table.
SELECT if(engine = 'Distributed', extract(engine_full, '^Distributed\\(\'([^\']+)\''), '') AS Cluster
FROM system.tables
WHERE database = currentDatabase() AND name = 'otel_traces'
