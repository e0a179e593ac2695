"""From the log to ClickHouse: segments are sent, isolated where they are refused, and removed when they are stored."""
