"""Chooses what a model sees within a token limit.

Main types: `Brief`, `Excerpt`, `select()`.
Not here: what the model is asked to do with it (drafting, agent).
"""
