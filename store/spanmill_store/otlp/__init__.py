"""
OTLP as ClickHouse sees it: protobuf schema, `Null` table and flattening view, generated from one description.

ClickHouse decodes the bytes itself, so Python never touches a span. `description` says which messages there are,
`protobuf` and `columns` write them down for ClickHouse's two sides, `rendering` and `flatten` turn the nested columns
into rows of ``otel_traces``, `generate` writes the results to files, and `ingest` sends request bytes.
"""
