"""Drafts designs and task lists: from the requirements alone (outline) or with a model: brief, parse, check, repair.

Main types: `Draft`, `DraftState`, `outline_design()`, `outline_tasks()`, `advance()`.
Not here: asking the model and writing files (journeys).
"""
