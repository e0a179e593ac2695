"""Datasets, and what is done with them."""
