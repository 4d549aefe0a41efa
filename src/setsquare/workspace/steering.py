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


class _Scope(Struct, frozen=True):
    """When a file applies, and what was odd about how it says so."""

    inclusion: Inclusion = Inclusion.ALWAYS
    patterns: tuple[str, ...] = ()
    complaint: str = ""
    is_warning: bool = False


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
    scope = _Scope(complaint=front.problem) if front.problem else _scope(front)
    return SteeringFile(
        path=document.path,
        inclusion=scope.inclusion,
        patterns=scope.patterns,
        body=body,
        name=front.text("name"),
        description=front.text("description"),
        problems=(Malformed(document.path, front.span, scope.complaint, scope.is_warning),) if scope.complaint else (),
    )


def _scope(front: FrontMatter) -> _Scope:
    """Decide when the file applies; where the front matter cannot be followed, always."""
    if front.has("inclusion"):
        return _by_mode(front, "inclusion")
    if front.has("applies_to"):
        return _by_patterns(front, "applies_to")
    if front.has("alwaysApply"):
        return _by_always_apply(front)
    for misspelling in ("inclusion_mode", "include"):
        if front.has(misspelling):
            scope = _by_mode(front, misspelling)
            return scope if scope.complaint else _Scope(scope.inclusion, scope.patterns, f"{misspelling} is read as inclusion", True)
    for misspelling in ("file_patterns", "pattern", "globs", "glob"):
        if front.has(misspelling):
            scope = _by_patterns(front, misspelling)
            return scope if scope.complaint else _Scope(scope.inclusion, scope.patterns, f"{misspelling} is read as applies_to", True)
    if front.has("fileMatchPattern"):
        return _Scope(complaint="fileMatchPattern needs inclusion: fileMatch; read as always", is_warning=True)
    return _Scope()


def _by_mode(front: FrontMatter, key: str) -> _Scope:
    """Follow an `inclusion` value."""
    written = front.text(key)
    mode = _MODES.get(written.lower().replace("_", "").replace("-", "").strip())
    if mode is None:
        return _Scope(complaint=f'unknown {key} "{written}": expected always, fileMatch, manual or auto; read as always')
    if mode is not Inclusion.FILE_MATCH:
        return _Scope(mode)
    patterns = next(filter(None, (_patterns(front, pattern_key) for pattern_key in _PATTERN_KEYS)), ())
    if not patterns:
        return _Scope(complaint=f"{key}: {written} needs fileMatchPattern; read as always")
    return _Scope(mode, patterns)


def _by_patterns(front: FrontMatter, key: str) -> _Scope:
    """Follow globs without a mode."""
    patterns = _patterns(front, key)
    return _Scope(Inclusion.FILE_MATCH, patterns) if patterns else _Scope(complaint=f"{key} names no glob; read as always")


def _by_always_apply(front: FrontMatter) -> _Scope:
    """Follow `alwaysApply` with `glob` or `globs`."""
    written = front.text("alwaysApply").lower()
    if written == "true":
        return _Scope()
    if written != "false":
        return _Scope(complaint="alwaysApply must be true or false; read as always")
    patterns = _patterns(front, "globs") or _patterns(front, "glob")
    return _Scope(Inclusion.FILE_MATCH, patterns) if patterns else _Scope(Inclusion.MANUAL)


def _patterns(front: FrontMatter, key: str) -> tuple[str, ...]:
    """List a key's globs; one string may hold several, split at `,` or `|` outside brackets."""
    return tuple(glob for written in front.texts(key) for glob in split_globs(written))


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
