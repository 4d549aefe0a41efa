"""Turns Kiro's older files into the current ones, one module a kind: hooks, agents, Powers, MCP servers.

Main types: `Conversion`, `Dialect`, `DIALECTS`.
Not here: the tutorial's dialect, which is current for Setsquare.
"""
