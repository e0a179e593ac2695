-- Days with spans that an older mapping computed, or whose mapping was begun anew and not finished.
-- version: the current mapping. since: the first day that matters.
-- Reads the columns Timestamp and MappingVersion of these days.
SELECT Day
FROM
(
    SELECT DISTINCT toDate(Timestamp) AS Day
    FROM otel_traces
    WHERE MappingVersion < {version:UInt16} AND toDate(Timestamp) >= {since:Date}
    UNION DISTINCT
    SELECT Day
    FROM remapped_days FINAL
    WHERE MappingVersion = {version:UInt16} AND NOT IsFinished AND Day >= {since:Date}
)
ORDER BY Day
