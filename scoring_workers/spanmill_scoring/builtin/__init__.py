"""Scorers that come with spanmill, each a module: its options, and how it scores, in SQL where a row tells enough."""
