"""Adds and removes declared sources; every other byte of the file stays."""

from __future__ import annotations

import re

from msgspec import Struct

from setsquare.errors import Refused, Usage
from setsquare.journeys.app import App
from setsquare.journeys.opening import opened
from setsquare.journeys.trusting import grant, may_extend
from setsquare.text.document import decode, encode
from setsquare.text.paths import RelPath
from setsquare.text.plain import scan
from setsquare.text.plan import Plan, creation, replacement
from setsquare.workspace.sources import SOURCES_PATH, Declarations, DeclaredSource, is_source_id, path_problem, read_declarations

_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*source[ \t]*\]\][^\n]*\n?", re.MULTILINE)
_TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)
_NEW = "# Other checkouts that `setsquare check --sources` and its kin read, and never write.\nversion = 1\n"


class Declared(Struct, frozen=True, kw_only=True):
    """What a change led to: the source, and whether the workspace is trusted with it."""

    source: DeclaredSource
    is_trusted: bool


def add(app: App, source: DeclaredSource) -> Declared:
    """Declare a source; trust follows where the workspace was trusted, because it is the person who names the place.

    Raises:
        Usage: the id is none, or the path may not stand in a repository's file.
        Refused: the id is declared already, or the file is not as it should be.
    """
    if not is_source_id(source.id):
        raise Usage(f"`{source.id}` is no id of a source.", "Use 2 to 40 small letters, digits and hyphens.")
    if reason := path_problem(source.path):
        raise Usage(f"The path of `{source.id}` {reason}.", "Name a folder relative to the current one.")
    raw = app.files.read(SOURCES_PATH)
    known = _read(raw)
    if source.id in known.ids or source.id == known.name:
        raise Refused(f"`{source.id}` is declared already.", f"Remove it first: setsquare sources remove {source.id}")
    old = decode(raw) if raw is not None else _NEW
    new = f"{old}{'' if old.endswith(chr(10)) or not old else chr(10)}\n{_block(source)}"
    return Declared(source=source, is_trusted=_write(app, raw, new, known.ids | {source.id}))


def remove(app: App, name: str) -> Declared:
    """Take a declaration back; the checkout stays as it is.

    Raises:
        Usage: no source has the id.
        Refused: the file is not as it should be, or the declaration is not written as a table of its own.
    """
    raw = app.files.read(SOURCES_PATH)
    known = _read(raw)
    source = next((item for item in known.sources if item.id == name), None)
    if raw is None or source is None:
        raise Usage(f"No source `{name}` is declared.", f"Declared are: {', '.join(sorted(known.ids)) or 'none'}.")
    text = decode(raw)
    for header in _HEADER.finditer(text):
        following = _TABLE.search(text, header.end())
        end = following.start() if following else len(text)
        if name in _read(encode(text[header.start() : end])).ids:
            start = header.start()
            return Declared(source=source, is_trusted=_write(app, raw, text[:start] + text[end:], known.ids - {name}))
    raise Refused(f"`{name}` is not written as a [[source]] of its own in {SOURCES_PATH}.", "Take it out by hand.")


def _read(raw: bytes | None) -> Declarations:
    return read_declarations(scan(SOURCES_PATH, raw)) if raw is not None else Declarations()


def _write(app: App, raw: bytes | None, new: str, ids: frozenset[str]) -> bool:
    """Write the file, and extend the trust.

    Raises:
        Refused: the file that came out would not say what was asked for.
    """
    written = encode(new)
    if _read(written).ids != ids:
        raise Refused(
            f"{SOURCES_PATH} cannot be changed safely: it is not written as expected.",
            "Correct it by hand; `setsquare check` says what is wrong.",
        )
    may_trust = may_extend(app, opened(app, is_overview=True))
    change = creation(RelPath(SOURCES_PATH), written) if raw is None else replacement(RelPath(SOURCES_PATH), raw, written)
    app.files.apply(Plan("Change the declared sources", (change,)))
    if may_trust:
        grant(app, opened(app, is_overview=True))
    return may_trust


def _block(source: DeclaredSource) -> str:
    """Write a declaration."""
    lines = ["[[source]]", f"id = {_quoted(source.id)}", f"path = {_quoted(source.path)}"]
    if source.remote:
        lines.append(f"remote = {_quoted(source.remote)}")
    if source.specs:
        lines.append(f"specs = [{', '.join(map(_quoted, source.specs))}]")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    r"""Write a text as TOML.

    >>> _quoted('a"b')
    '"a\\"b"'
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in escaped) + '"'
