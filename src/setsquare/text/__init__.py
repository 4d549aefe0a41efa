"""Holds Markdown, JSON(C) and plain text byte-exactly and edits them by span.

Main types: `Document`, `Node`, `Span`, `Edit`, `Plan`, `RelPath`.
Not here: what a heading or a key means (workspace), and any file access (adapters).
"""
