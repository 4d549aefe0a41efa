"""Shows what journeys give: one package per surface, strangers to each other.

Main types: `cli`, `lsp`.
Not here: decisions.
"""
