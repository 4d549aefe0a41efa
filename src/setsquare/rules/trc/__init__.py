"""Judges the links between requirements, design and tasks."""
