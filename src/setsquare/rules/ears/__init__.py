"""Judges the form of single requirement sentences."""
