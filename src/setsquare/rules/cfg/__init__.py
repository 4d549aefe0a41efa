"""Judges settings and other machine-read files."""
