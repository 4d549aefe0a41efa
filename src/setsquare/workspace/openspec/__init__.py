"""Reads OpenSpec's files: main specs, changes with their deltas, configuration and schemas.

Source: the on-disk format of OpenSpec 1.13.2, read as a black box.
"""
