"""Writes the skill and command files through which other tools use Setsquare, from one source, and tells its own files from those of people.

Main types: `Tool`, `Form`, `Workflow`, `Rendered`, `Stamp`, `FileState`, `rendered()`, `problems()`.
Not here: reading and writing the files (journeys), what an agent of Setsquare's own may do (guard).
"""
