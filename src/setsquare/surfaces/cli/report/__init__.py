"""Shapes findings and traces for people and programs: one file per format."""
