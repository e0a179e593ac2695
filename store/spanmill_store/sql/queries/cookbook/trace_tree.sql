-- What happened in a trace, step by step?
-- Subject: Look something up
-- trace: id of the trace.
-- limit (default 1000): spans at most, the earliest; a thousand take 0.1 s, four thousand over a second.
-- Reads otel_traces by the Bloom filter over trace ids, without content.
SELECT
    repeat('  ', length(path) - 1) || span.4 AS name,
    span.5 AS type,
    (toUnixTimestamp64Nano(span.1) - toUnixTimestamp64Nano(spans[1].1)) / 1e9 AS after_s,
    span.6 / 1e9 AS seconds,
    span.7 AS failed,
    span.2 AS id
FROM
(
    WITH
        spans.2 AS ids,
        arrayMap(parent -> toUInt32(indexOf(ids, parent)), spans.3) AS parents
    SELECT
        Project,
        arraySlice(arraySort(groupUniqArray(
            (Timestamp, SpanId, ParentSpanId, toString(SpanName), toString(SpanType), Duration, IsError)
        )), 1, {limit:UInt32}) AS spans,
        arrayMap(
            place -> arrayFold(
                (path, step) -> if(parents[path[1]] = 0, path, arrayPushFront(path, parents[path[1]])),
                range(32),
                [toUInt32(place)]
            ),
            arrayEnumerate(spans)
        ) AS paths
    FROM otel_traces
    WHERE TraceId = {trace:String}
    GROUP BY Project
)
ARRAY JOIN spans AS span, paths AS path
ORDER BY Project, path
