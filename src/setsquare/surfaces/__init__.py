"""Shows what journeys give: one package per surface, strangers to each other.

Main types: `cli`, `lsp`, `mcp`.
Not here: decisions.
"""
