"""Deleting everything of a user, a session or a trace, and proving that it is gone."""
