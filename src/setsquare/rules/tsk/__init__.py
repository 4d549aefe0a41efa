"""Judges task lists."""
