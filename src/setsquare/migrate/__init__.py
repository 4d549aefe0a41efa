"""Turns what another tool or an older form holds into the current form: specs both ways, instruction files, older dialects.

Main types: `Source`, `Converted`, `Record`, `Loss`, `openspec_to_kiro()`, `kiro_to_openspec()`, `speckit_to_kiro()`.
Not here: reading folders and writing plans (journeys), reading the forms themselves (workspace).
"""
