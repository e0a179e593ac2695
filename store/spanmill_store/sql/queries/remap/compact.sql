-- Write the columns of a day that were cleared, as the table's defaults compute them.
-- day: which. Rewrites the partition.
OPTIMIZE TABLE otel_traces PARTITION {day:Date} FINAL
