"""Joins core and ports into what a user asks for: one file per use case.

Main types: `App`, and one function per journey.
Not here: parsing a command line or printing (surfaces), talking to the world (adapters).
"""
