"""Renames a criterion where it stands and in every reference to it, or says why that cannot be done.

The rename is tried on a copy first: only where every reference means exactly what it meant before is it offered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from msgspec import Struct

from setsquare.journeys.living import Living
from setsquare.spec.link import Citation
from setsquare.spec.resolving import bare, qualifier
from setsquare.text.document import decode, encode
from setsquare.text.paths import RelPath
from setsquare.text.span import Edit, Span, apply_edits
from setsquare.workspace.spec import Criterion, ReferenceKind, Spec

_NAME: Final = re.compile(r"[^\W_][\w.-]{0,30}")
_NUMBER: Final = re.compile(rb"\d+")
_RANGE_ENDS: Final = re.compile(r"\d+(?:\.\d+)*")
_OCCURRENCE: Final = re.compile(r"#\d+\Z")
_Key = tuple[str, int, str, int]
_Meaning = tuple[frozenset[tuple[str, str]], bool]
_Line = tuple[str, int, str]


class Renamed(Struct, frozen=True):
    """The edits of each file."""

    edits: Mapping[RelPath, tuple[Edit, ...]]


class CannotRename(Struct, frozen=True):
    """Why a criterion keeps its name: one sentence for a person."""

    reason: str


class Renaming(Struct, frozen=True, kw_only=True):
    """What is to be renamed: a criterion of a spec, in a living workspace; `raw` gives a file's bytes."""

    living: Living
    raw: Callable[[RelPath], bytes | None]
    spec: Spec
    criterion: Criterion

    @property
    def written(self) -> Span | None:
        """Give the bytes of the criterion's written name; `None` where it has none, as in OpenSpec, where a scenario has a title."""
        if not self.spec.is_kiro:
            return None
        return name_span(self.raw(self.criterion.path) or b"", self.criterion)

    @property
    def name(self) -> str:
        """Give the name as a person would write it: the label, else the id."""
        return (self.criterion.label if self.spec.is_kiro else "") or _OCCURRENCE.sub("", self.criterion.id)


def name_span(raw: bytes, criterion: Criterion) -> Span | None:
    """Find the bytes of a criterion's written name: its label, its number, or the number of its place in the list; `None` for a bullet."""
    start, end = criterion.span.start, criterion.text_span.start
    before = raw[start:end]
    for name in (criterion.label, _OCCURRENCE.sub("", criterion.id)):
        at = before.rfind(encode(name)) if name else -1
        if at >= 0:
            return Span(start + at, start + at + len(encode(name)))
    match = _NUMBER.search(before)
    return Span(start + match.start(), start + match.end()) if match else None


# req: spec-engine/8.3
def renamed(asked: Renaming, new: str) -> Renamed | CannotRename:
    """Plan a rename."""
    marker = _marker(asked, new)
    if isinstance(marker, CannotRename):
        return marker
    living = asked.living
    before = _meanings(living)
    path = asked.criterion.path
    first = living.imagined({path: apply_edits(asked.raw(path) or b"", [marker])}, {})
    name = _new_id(asked, first, new)
    if isinstance(name, CannotRename):
        return name
    wanted = {key: _mapped(meaning, asked, name) for key, meaning in before.items()}
    edits: dict[RelPath, set[Edit]] = {path: {marker}}
    after = _meanings(first)
    for key, citation in _citations(living):
        is_named = (asked.spec.name, asked.criterion.id) in citation.targets
        if is_named and after.get(key) != wanted[key]:
            edits.setdefault(citation.reference.path, set()).add(_rewritten(asked, citation, new, name))
    return _verified(asked, edits, name)


def _marker(asked: Renaming, new: str) -> Edit | CannotRename:
    """Plan the edit of the criterion's own name."""
    if not _NAME.fullmatch(new):
        return CannotRename(f"`{new}` is no name: write letters, digits, points and hyphens.")
    if "#" in asked.criterion.id:
        return CannotRename(f"Two criteria of `{asked.spec.name}` are called {asked.name}; number one of them anew first.")
    span = asked.written
    if span is None:
        return CannotRename(f"{asked.name} is counted, not written; give the criterion a number or a label first.")
    raw = asked.raw(asked.criterion.path) or b""
    old = decode(raw[span.start : span.end])
    if old.casefold() in (asked.criterion.label.casefold(), asked.criterion.id.casefold()):
        return Edit(span, encode(new))
    number, _, ordinal = asked.criterion.id.rpartition(".")
    wanted, _, digits = new.rpartition(".")
    if wanted != number or not digits.isdecimal():
        return CannotRename(f"{asked.criterion.id} is number {ordinal} of requirement {number}; only its last number can change here.")
    return Edit(span, encode(digits))


def _new_id(asked: Renaming, living: Living, new: str) -> str | CannotRename:
    """Give the id that the criterion would have; refuse where another one has the name, or another one's would change."""
    spec = living.workspace.spec(asked.spec.path)
    old = asked.spec.requirements.criteria if asked.spec.requirements else ()
    now = spec.requirements.criteria if spec and spec.requirements else ()
    at = next((index for index, item in enumerate(old) if item.id == asked.criterion.id), -1)
    bearer = next(
        (item for item in old if new.casefold() in (item.id.casefold(), item.label.casefold()) and item.id != asked.criterion.id), None
    )
    if bearer is not None:
        return CannotRename(f"`{asked.spec.name}` has a {new} already: {bearer.text[:80]}")
    if len(now) != len(old) or new not in (now[at].id, now[at].label):
        return CannotRename(f"`{new}` would not be read as the criterion's name.")
    if any(one.id != two.id for index, (one, two) in enumerate(zip(old, now, strict=True)) if index != at):
        return CannotRename("Other criteria would get other numbers.")
    return now[at].id


def _citations(living: Living) -> Iterator[tuple[_Key, Citation]]:
    """List every reference with its place: file, line, kind, and its turn in the line; for code the line as a whole."""
    seen: dict[tuple[str, int, str], int] = {}
    for traced in living.graph.specs:
        for citation in traced.citations:
            place = (citation.reference.path, citation.reference.line, citation.kind.value)
            seen[place] = seen.get(place, 0) + 1
            yield (*place, seen[place]), citation
    for citation in living.code_citations():
        place = (citation.reference.path, citation.reference.line, f"code {citation.kind.value}")
        seen[place] = seen.get(place, 0) + 1
        yield (*place, seen[place]), citation


def _meanings(living: Living) -> dict[_Key, _Meaning]:
    """Say what every reference leads to; one in code that leads nowhere is none."""
    return {key: (frozenset(citation.targets), citation.is_ambiguous) for key, citation in _citations(living)}


def _mapped(meaning: _Meaning, asked: Renaming, name: str) -> _Meaning:
    """Say what a reference must lead to after the rename."""
    old = (asked.spec.name, asked.criterion.id)
    return frozenset((asked.spec.name, name) if target == old else target for target in meaning[0]), meaning[1]


def _rewritten(asked: Renaming, citation: Citation, new: str, name: str) -> Edit:
    """Write one reference anew, in its own style: by label where it was one, by number else; a range that would not count up becomes a list."""
    reference = citation.reference
    written = _replaced(asked, reference.written, new, name)
    if reference.kind is ReferenceKind.RANGE and not _counts_up(written or reference.written, is_changed=written != ""):
        front = f"{qualifier(reference.first)}/" if qualifier(reference.first) else ""
        ids = [name if target == asked.criterion.id else target for _, target in citation.targets]
        return Edit(reference.span, encode(", ".join(f"{front}{target}" for target in ids)))
    return Edit(reference.span, encode(written or reference.written.replace(bare(reference.first), new)))


def _replaced(asked: Renaming, written: str, new: str, name: str) -> str:
    """Put the new name where a reference has the old one; empty where it has it nowhere."""
    for old, now in ((asked.criterion.label, new if asked.criterion.label else name), (asked.criterion.id, name)):
        if old:
            pattern = re.compile(rf"(?:(?<![\w.])|(?<=[A-Za-z_-])){re.escape(old)}(?!\w|\.\d)", re.IGNORECASE)
            if pattern.search(written):
                return pattern.sub(now.replace("\\", ""), written)
    return ""


def _counts_up(written: str, *, is_changed: bool) -> bool:
    """Tell whether a range still leads from a smaller number to a larger one with nothing missing, as far as its text tells."""
    numbers = [tuple(int(part) for part in found.split(".")) for found in _RANGE_ENDS.findall(written)]
    return is_changed and len(numbers) == 2 and numbers[0] < numbers[1]


def _verified(asked: Renaming, edits: Mapping[RelPath, Iterable[Edit]], name: str) -> Renamed | CannotRename:
    """Try the rename; refuse it where the references of a line would mean something else than before."""
    living = asked.living
    planned = {path: tuple(sorted(made)) for path, made in edits.items()}
    changed: dict[RelPath, bytes] = {}
    for path, made in planned.items():
        try:
            changed[path] = apply_edits(asked.raw(path) or b"", made)
        except ValueError:
            return CannotRename(f"Two references in {path} overlap; write them apart first.")
    parts = {path for path in changed if path in living.workspace.by_path}
    after = living.imagined(
        {path: raw for path, raw in changed.items() if path in parts}, {path: raw for path, raw in changed.items() if path not in parts}
    )
    wanted = {line: _mapped(meaning, asked, name) for line, meaning in _lines(living).items()}
    found = _lines(after)
    for line in sorted(wanted.keys() | found.keys()):
        if found.get(line) != wanted.get(line):
            return CannotRename(f"The references in {line[0]}:{line[1]} would mean something else; write them anew first.")
    return Renamed(planned)


def _lines(living: Living) -> dict[_Line, _Meaning]:
    """Say of every line what its references lead to together, and whether one is ambiguous."""
    found: dict[_Line, _Meaning] = {}
    for (path, line, kind, _), citation in _citations(living):
        targets, is_ambiguous = found.get((path, line, kind), (frozenset(), False))
        found[path, line, kind] = targets | frozenset(citation.targets), is_ambiguous or citation.is_ambiguous
    return found
