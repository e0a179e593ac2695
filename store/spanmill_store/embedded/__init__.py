"""ClickHouse in one process of its own, spoken to over its HTTP interface."""
