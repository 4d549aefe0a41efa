"""Executes one task as a step machine without I/O: `advance(state, event) -> (state, effect)`.

Main types: `RunState`, `Effect`, `advance()`, `OFFERED` tools.
Not here: performing effects (journeys), deciding about them (guard).
"""
