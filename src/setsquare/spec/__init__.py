"""Gives specs meaning: EARS, trace, approval, stage.

Main types: `Statement`, `Clause`, `Pattern`, `TraceGraph`, `TraceLink`, `Approval`, `Stage`.
Not here: how files are read (workspace) and what is wrong with them (rules).
"""
