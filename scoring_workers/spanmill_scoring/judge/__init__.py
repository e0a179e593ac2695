"""Judges: a language model that reads a target and chooses one of a rule's verdicts."""
