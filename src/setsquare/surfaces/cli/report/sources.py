"""Shapes what became of other checkouts, for every result that read some."""

from __future__ import annotations

from msgspec import Struct


class SourceResult(Struct, frozen=True, kw_only=True):
    """A source: where it was looked for, what became of it and why; `commit` and `digest` name what was read, so that it can be read again.

    `state` is found, not-a-checkout, no-spec (these are read), missing, duplicate or outside. `dirty` tells that files differ from the commit.
    """

    id: str
    origin: str
    path: str
    state: str
    reason: str
    remote: str
    commit: str
    dirty: bool
    digest: str
    specs: int
    files: int


class ElsewhereResult(Struct, frozen=True, kw_only=True):
    """A criterion that another checkout names: `source` is its id, empty for the workspace itself; `place` is file and line."""

    spec: str
    criterion: str
    source: str
    kind: str
    place: str
