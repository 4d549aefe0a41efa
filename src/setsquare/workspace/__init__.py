"""Parses a snapshot of `.kiro/`, `openspec/`, `specs/` and instruction files into one immutable value.

Main types: `Workspace`, `Artefact`, `Spec`, `Requirement`, `Criterion`, `Task`, `Reference`, `SteeringFile`, `McpFile`, `SettingsFile`,
`Malformed`.
Not here: whether anything is right (rules), what an EARS sentence means (spec), and any file access (adapters).
"""
