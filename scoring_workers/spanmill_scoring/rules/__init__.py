"""Rules: what is scored, how often, by what, and what is flagged. Read from YAML, checked, versioned by content."""
