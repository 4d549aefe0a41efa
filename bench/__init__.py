"""Measures what the documentation quotes."""
