"""Judges the comments that switch rules off."""
