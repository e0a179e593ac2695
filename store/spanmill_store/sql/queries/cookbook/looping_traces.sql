-- Which traces ran the same tool many times in a row?
-- Subject: Tools and paths
-- times (default 3): how often in a row.
-- days (default 7): days back from now.
-- limit (default 20): rows at most.
-- Reads otel_traces of these days only, by its partitions. A run that was sent twice counts once.
WITH
    arraySort(groupUniqArray((Timestamp, SpanId, ToolName))) AS runs,
    arrayMap(run -> run.3, runs) AS tools,
    arraySplit((tool, before) -> tool != before, tools, arrayPushFront(arrayPopBack(tools), '')) AS rows_of_one,
    arraySort(row -> -length(row), rows_of_one)[1] AS longest
SELECT
    TraceId AS trace,
    min(Timestamp) AS start,
    longest[1] AS tool,
    length(longest) AS in_a_row,
    length(tools) AS runs_in_all
FROM otel_traces
WHERE Timestamp >= subtractDays(now(), {days:UInt16}) AND Source = 'production' AND SpanType = 'tool'
GROUP BY Project, trace
HAVING in_a_row >= {times:UInt16}
ORDER BY in_a_row DESC, trace
LIMIT {limit:UInt32}
