"""Judges the settings of Powers."""
