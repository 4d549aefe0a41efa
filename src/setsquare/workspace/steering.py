"""Reads steering files: guidance for agents, with the rule that says when it applies."""

from __future__ import annotations

import enum

from msgspec import Struct

from setsquare.text.paths import RelPath


class Inclusion(enum.Enum):
    """When a steering file is put before a model."""

    ALWAYS = "always"
    FILE_MATCH = "file-match"
    MANUAL = "manual"
    AUTO = "auto"


class SteeringFile(Struct, frozen=True, kw_only=True):
    """One steering file: `patterns` are globs for `FILE_MATCH`; `body` is the text after the front matter."""

    path: RelPath
    inclusion: Inclusion = Inclusion.ALWAYS
    patterns: tuple[str, ...] = ()
    body: str = ""
