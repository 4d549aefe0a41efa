"""Judges a workspace; every check that a user can see is one rule file.

Main types: `Rule`, `Finding`, `Fix`, `Example`, `check()`.
Not here: how findings are printed (surfaces).
"""
