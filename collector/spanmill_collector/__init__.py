"""OTLP in: check, write-ahead log, acknowledge, ship."""
