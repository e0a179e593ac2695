"""Commands beside the collector's own."""
