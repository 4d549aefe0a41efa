"""Judges MCP configuration files."""
