"""Benchmarks: `make bench` measures side by side, prints, and writes BENCHMARKS.md."""
