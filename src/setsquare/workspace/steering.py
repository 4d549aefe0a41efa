"""Reads steering files: guidance for agents, with the rule that says when it applies.

Source: Kiro's steering page (`inclusion`, `fileMatchPattern`) and the tutorial's dialect (`applies_to`, `alwaysApply`, `glob`).
"""

from __future__ import annotations

import enum

from msgspec import Struct

from setsquare.text.document import Document, NodeKind, decode
from setsquare.text.paths import RelPath
from setsquare.workspace.artefact import Malformed
from setsquare.workspace.front_matter import FrontMatter, read_front_matter


class Inclusion(enum.Enum):
    """When a steering file is put before a model."""

    ALWAYS = "always"
    FILE_MATCH = "file-match"
    MANUAL = "manual"
    AUTO = "auto"


class SteeringFile(Struct, frozen=True, kw_only=True):
    """One steering file: `patterns` are globs for `FILE_MATCH`; `body` is the text after the front matter.

    `name` and `description` are those of the front matter, which `AUTO` needs. `problems` say why the front matter could not be
    followed; the file is then always active.
    """

    path: RelPath
    inclusion: Inclusion = Inclusion.ALWAYS
    patterns: tuple[str, ...] = ()
    body: str = ""
    name: str = ""
    description: str = ""
    problems: tuple[Malformed, ...] = ()


_MODES = {
    "always": Inclusion.ALWAYS,
    "filematch": Inclusion.FILE_MATCH,
    "conditional": Inclusion.FILE_MATCH,
    "manual": Inclusion.MANUAL,
    "auto": Inclusion.AUTO,
}
_PATTERN_KEYS = ("fileMatchPattern", "file_patterns", "pattern", "applies_to", "globs", "glob")


def read_steering(document: Document) -> SteeringFile:
    r"""Read one steering file; the first of `inclusion`, `applies_to`, `alwaysApply` with `glob`, and known misspellings decides.

    >>> from setsquare.text import markdown
    >>> raw = b"---\napplies_to: ['src/**/*.ts']\n---\nUse strict mode.\n"
    >>> file = read_steering(markdown.scan(RelPath(".kiro/steering/01-style.md"), raw))
    >>> file.inclusion.value, file.patterns, file.body
    ('file-match', ('src/**/*.ts',), 'Use strict mode.\n')
    """
    front = read_front_matter(document)
    body = decode(b"".join(node.raw for node in document.nodes if node.kind not in (NodeKind.BOM, NodeKind.FRONT_MATTER)))
    inclusion, patterns, complaint = _scope(front)
    complaint = front.problem or complaint
    return SteeringFile(
        path=document.path,
        inclusion=inclusion,
        patterns=patterns,
        body=body,
        name=front.text("name"),
        description=front.text("description"),
        problems=(Malformed(document.path, front.span, complaint),) if complaint else (),
    )


def _scope(front: FrontMatter) -> tuple[Inclusion, tuple[str, ...], str]:
    """Decide when the file applies: mode, globs and, where the front matter cannot be followed, a complaint."""
    if front.has("inclusion"):
        return _by_mode(front, "inclusion")
    if front.has("applies_to"):
        return _by_patterns(front, ("applies_to",))
    if front.has("alwaysApply"):
        if front.text("alwaysApply").lower() == "true":
            return Inclusion.ALWAYS, (), ""
        patterns = _patterns(front, ("glob", "globs"))
        return (Inclusion.FILE_MATCH, patterns, "") if patterns else (Inclusion.MANUAL, (), "")
    for misspelling in ("inclusion_mode", "include"):
        if front.has(misspelling):
            return _by_mode(front, misspelling)
    return _by_patterns(front, _PATTERN_KEYS)


def _by_mode(front: FrontMatter, key: str) -> tuple[Inclusion, tuple[str, ...], str]:
    """Follow an `inclusion` value."""
    written = front.text(key)
    mode = _MODES.get(written.lower().replace("_", "").replace("-", "").strip())
    if mode is None:
        return Inclusion.ALWAYS, (), f'unknown {key} "{written}": expected always, fileMatch, manual or auto; read as always'
    if mode is not Inclusion.FILE_MATCH:
        return mode, (), ""
    patterns = _patterns(front, _PATTERN_KEYS)
    if not patterns:
        return Inclusion.ALWAYS, (), f"{key}: {written} needs fileMatchPattern; read as always"
    return mode, patterns, ""


def _by_patterns(front: FrontMatter, keys: tuple[str, ...]) -> tuple[Inclusion, tuple[str, ...], str]:
    """Follow globs without a mode."""
    patterns = _patterns(front, keys)
    if patterns:
        return Inclusion.FILE_MATCH, patterns, ""
    named = next((key for key in keys if front.has(key)), "")
    return Inclusion.ALWAYS, (), f"{named} names no glob; read as always" if named else ""


def _patterns(front: FrontMatter, keys: tuple[str, ...]) -> tuple[str, ...]:
    """List the globs of the first key that has any; one string may hold several, split at `,` or `|` outside braces."""
    for key in keys:
        globs = tuple(glob for written in front.texts(key) for glob in split_globs(written))
        if globs:
            return globs
    return ()


def split_globs(written: str) -> tuple[str, ...]:
    """Split one string of globs.

    >>> split_globs("*.ts,*.{js,jsx} | src/**")
    ('*.ts', '*.{js,jsx}', 'src/**')
    """
    parts, depth = [""], 0
    for character in written:
        depth += (character in "{([") - (character in "})]")
        if character in ",|" and depth <= 0:
            parts.append("")
        else:
            parts[-1] += character
    return tuple(part.strip() for part in parts if part.strip())
