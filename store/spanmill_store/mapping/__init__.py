"""
What attributes of many names mean: the canonical columns of ``otel_traces``, for every dialect of tracing.

`sources` is the table: field → attributes of every dialect that hold it, in order of precedence. `lookup` finds them in
a span at a cost that does not grow with their number; `kinds`, `tokens`, `cost` and `content` convert what is found;
`columns` puts it together. All of it is SQL that ClickHouse computes when a row is inserted or asked for: Python never
touches a span, and it does not matter who inserts.
"""
