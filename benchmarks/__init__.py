"""Benchmarks: how good matching is, what it costs, and the fit of its numbers."""
