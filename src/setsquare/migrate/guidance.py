"""Says what an instruction file of another tool holds, and when it is to be put before a model."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from setsquare.text.paths import RelPath
from setsquare.workspace.steering import Inclusion


class LeftOut(Struct, frozen=True, kw_only=True):
    """Lines of a source that stand in no target, word for word; `line` is the first one's from 1, `why` says what became of them."""

    path: RelPath
    line: int
    text: str
    why: str


class Problem(Struct, frozen=True, kw_only=True):
    """Why a file is not carried over; `line` from 1, 0 where the whole file is meant."""

    path: RelPath
    line: int
    reason: str


class Note(Struct, frozen=True, kw_only=True):
    """What a person should know about a file that is carried over, or that is left as it is."""

    path: RelPath
    text: str


class Guidance(Struct, frozen=True, kw_only=True):
    """One instruction file. `body` is its text word for word, `line` the body's first line in the file from 1.

    `patterns` are globs for `FILE_MATCH`; `references` are files that the text imports, relative to the workspace. `scope` is the folder that
    the file speaks for; empty for all.
    """

    path: RelPath
    source: str
    name: str
    body: str
    line: int = 1
    inclusion: Inclusion = Inclusion.ALWAYS
    patterns: tuple[str, ...] = ()
    description: str = ""
    references: tuple[str, ...] = ()
    scope: str = ""
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()


class Source(Struct, frozen=True, kw_only=True):
    """A tool's instruction files: its name for `--from`, what it is called, which files it has, and how one is read."""

    id: str
    title: str
    owns: Callable[[str], bool]
    read: Callable[[RelPath, str], Guidance | Problem]
