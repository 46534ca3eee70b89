"""Synthetic rows to measure with."""
