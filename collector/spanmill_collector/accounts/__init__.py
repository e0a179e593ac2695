"""Accounting: what came, what became of it, and whether the two agree."""
