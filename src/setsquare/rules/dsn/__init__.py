"""Judges design documents."""
