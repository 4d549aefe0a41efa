"""Says what a file of an older dialect becomes."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from setsquare.migrate.guidance import Problem
from setsquare.text.paths import RelPath


class Conversion(Struct, frozen=True, kw_only=True):
    """A file in the current form; `path` is what it comes from. Where `target` is the same file its text is added to.

    `notes` say what a person must know, such as what the current form cannot express.
    """

    path: RelPath
    target: RelPath
    text: str
    notes: tuple[str, ...] = ()


class Dialect(Struct, frozen=True, kw_only=True):
    """An older dialect: its name for `--from`, what it is called, which files it has, and how one is turned; `None` where nothing is to be turned."""

    id: str
    title: str
    owns: Callable[[str], bool]
    convert: Callable[[RelPath, str], tuple[Conversion, ...] | Problem]
