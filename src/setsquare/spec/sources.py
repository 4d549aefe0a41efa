"""Knows a link's source again after tasks and properties got other numbers: by its own text."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from setsquare.spec.link import LinkKind
from setsquare.text.document import encode
from setsquare.workspace.references import read_references
from setsquare.workspace.spec import Reference, Spec

_LENGTH: Final = 16
_SIGNS: Final = "_*(（[【"


class SourceKey(Struct, frozen=True):
    """A link's source: the folder of its spec, what it claims, and its name."""

    spec: str
    kind: LinkKind
    source: str


def digests(spec: Spec, keys: Sequence[str]) -> dict[SourceKey, str]:
    """Digest the text of each task and property that names requirements, the references left out; `keys` are the tasks' keys.

    >>> from setsquare.text.paths import RelPath
    >>> digests(Spec(name="bell", path=RelPath("bell"), root=RelPath("")), ())
    {}
    """
    found: dict[SourceKey, str] = {}
    for task in spec.tasks.tasks if spec.tasks else ():
        if task.references:
            key = SourceKey(spec.path, LinkKind.IMPLEMENTS, keys[task.index])
            found[key] = _digest((task.title, *task.details), task.references)
    for item in spec.design.properties if spec.design else ():
        if item.validates:
            key = SourceKey(spec.path, LinkKind.VALIDATES, f"Property {item.number}")
            found[key] = _digest((item.title, *item.text.split("\n")), item.validates)
    return found


def followed(pinned: Mapping[SourceKey, str], written: Mapping[SourceKey, str]) -> dict[SourceKey, SourceKey]:
    """Find pinned sources among the written ones: with the same name and text, then with the same text, then with the same name.

    >>> one, two = (SourceKey("s", LinkKind.IMPLEMENTS, name) for name in ("1", "2"))
    >>> followed({one: "a"}, {one: "b", two: "a"}) == {one: two}
    True
    """
    found = {key: key for key, digest in pinned.items() if key in written and digest == written[key]}
    taken = set(found)
    loose: dict[tuple[str, LinkKind, str], list[SourceKey]] = {}
    for key, digest in written.items():
        if digest and key not in taken:
            loose.setdefault((key.spec, key.kind, digest), []).append(key)
    count = Counter((key.spec, key.kind, digest) for key, digest in pinned.items() if key not in found)
    for key, digest in pinned.items():
        group = (key.spec, key.kind, digest)
        if key not in found and digest and count[group] == 1 and len(loose.get(group, ())) == 1:
            found[key] = loose[group][0]
            taken.add(loose[group][0])
    for key in pinned:
        if key not in found and key in written and key not in taken:
            found[key] = key
            taken.add(key)
    return found


def _digest(lines: Iterable[str], references: tuple[Reference, ...]) -> str:
    """Digest a source's own words: a line that holds its references does not count."""
    words = [" ".join(line.split()).casefold() for line in lines if not _holds(line, references)]
    return hashlib.sha256(encode("\x1f".join(words))).hexdigest()[:_LENGTH]


def _holds(line: str, references: tuple[Reference, ...]) -> bool:
    """Tell whether a line is one of references: a sign stands before one of them, and what follows a bracket is read to be sure."""
    at = next((found for item in references if (found := line.find(item.written)) >= 0), -1)
    if at < 0:
        return False
    before = line[:at]
    if ":" in before or "：" in before:
        return True
    return any(sign in before for sign in _SIGNS) and bool(read_references(line, references[0].path, 1))
