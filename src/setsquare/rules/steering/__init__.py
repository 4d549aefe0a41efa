"""Judges steering files (codes `STR`)."""
