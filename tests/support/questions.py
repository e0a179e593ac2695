"""Questions that people ask: valid ClickHouse SQL over spanmill's tables, each with one answer that does not change."""

from pathlib import Path

QUESTIONS = Path(__file__).with_suffix(".sql").read_text("utf-8").splitlines()
"""One on each line of ``questions.sql``."""
