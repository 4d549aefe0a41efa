"""The language server: findings, links and edits of specs in any editor, over standard input and output."""
