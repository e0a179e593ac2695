-- How many spans a day has.
-- day: which. Reads the keys of its partition.
SELECT count() AS Spans
FROM otel_traces
WHERE toDate(Timestamp) = {day:Date}
