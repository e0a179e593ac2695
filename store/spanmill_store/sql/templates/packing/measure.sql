-- How much of a day's content repeats what came several times on that day, in bytes before compression.
-- day: which.
-- Reads the attributes of that day; what does not fit into memory is grouped on disk.
SELECT
    sum(Copies) AS Pieces,
    sum(Copies * Bytes) AS ContentBytes,
    sumIf((Copies - 1) * Bytes, Copies >= /*min_copies*/ AND Bytes >= /*min_bytes*/) AS RepeatedBytes
FROM
(
    SELECT Project, /*hash*/ AS Hash, any(length(piece)) AS Bytes, count() AS Copies
    FROM
    (
        SELECT Project, arrayJoin(arrayFlatten(arrayMap(
            (key, value) -> if(/*is_packable*/, arrayMap(part -> part.1, /*pieces*/), []),
            mapKeys(SpanAttributes), mapValues(SpanAttributes)
        ))) AS piece
        FROM otel_traces
        WHERE toDate(Timestamp) = {day:Date} AND /*is_packable_span*/
    )
    GROUP BY Project, Hash
)
SETTINGS max_bytes_before_external_group_by = 300000000
