"""The write-ahead log: what was acknowledged lies here, durably, until ClickHouse has it."""
