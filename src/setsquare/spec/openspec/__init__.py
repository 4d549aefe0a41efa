"""Gives OpenSpec's specs and changes meaning: validation, merge, what a change was based on, what is to be done next.

Source: the behaviour of OpenSpec 1.13.2, observed from outside.
"""
