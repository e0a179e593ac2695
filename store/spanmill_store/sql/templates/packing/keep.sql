-- Keep each message that came several times on a day, once: again does no harm.
-- day: which.
-- Reads the attributes of that day twice; what does not fit into memory is grouped on disk.
INSERT INTO messages
WITH
    pieces AS
    (
        SELECT Project, piece, /*hash*/ AS Hash
        FROM
        (
            SELECT toString(Project) AS Project, arrayJoin(arrayFilter(
                piece -> length(piece) >= /*min_bytes*/,
                arrayFlatten(arrayMap(
                    (key, value) -> if(/*is_packable*/, arrayMap(part -> part.1, /*pieces*/), []),
                    mapKeys(SpanAttributes), mapValues(SpanAttributes)
                ))
            )) AS piece
            FROM otel_traces
            WHERE toDate(Timestamp) = {day:Date} AND /*is_packable_span*/
        )
    )
SELECT Project, {day:Date} AS Day, Hash, any(piece) AS Content
FROM pieces
WHERE (Project, Hash) IN (SELECT Project, Hash FROM pieces GROUP BY Project, Hash HAVING count() >= /*min_copies*/)
GROUP BY Project, Hash
SETTINGS max_bytes_before_external_group_by = 300000000
