"""Reads the files of GitHub Spec Kit: a feature's `spec.md`, `tasks.md` and check-lists, and the constitution.

Source: the templates of github/spec-kit 1.0.2 and what repositories write.
"""
