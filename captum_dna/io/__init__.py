"""Sequences in, results out: one module per format or table."""
