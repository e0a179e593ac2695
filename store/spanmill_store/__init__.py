"""The only part that knows SQL and the ClickHouse driver."""
