"""Commands of the scoring side, one module per kind."""
