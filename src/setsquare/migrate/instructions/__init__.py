"""Reads the instruction files of other tools, one module a tool; each knows which files are its tool's and when their text applies.

Main types: `SOURCES`.
Not here: writing steering files (`steering_form`), comparing rules (`doubles`, `contradictions`).
"""
