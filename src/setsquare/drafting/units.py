"""Cuts documents into the units that are rewritten one by one, and brings a unit into a form in which two versions of it can be merged.

A unit of a task file is a task with its details, without its sub-tasks. A unit of a design is a heading with what stands below it up to the
next heading, or a property.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from msgspec import Struct

from setsquare.spec.fingerprint import canonical
from setsquare.text.document import Document, NodeKind, decode, encode
from setsquare.text.merging import Conflict, Merged, merge
from setsquare.text.span import Edit, Span, apply_edits
from setsquare.workspace.spec import Design, Task

_BOX: Final = re.compile(r"(?P<lead>\s*(?:[-*+]|\d+[.)])?\s*\[[^\]]?\](?:\\?\*)?\s*)(?P<rest>.*)", re.DOTALL)
_HEADING: Final = re.compile(r"(?P<lead>#{1,6}[ \t]+(?:(?:Property|属性|プロパティ)[ \t]*\d+[ \t]*[:：.]?[ \t]*)?)(?P<rest>.*)", re.DOTALL)
_PROPERTY: Final = re.compile(r"(?:Property|属性|プロパティ)\s*(?P<number>\d+)\s*[:：.]?\s*(?P<title>.*)")
_MARK: Final = re.compile(rb"[ \t]*- _Needs revision: [^\n]*_[ \t]*\r?")
_LIST: Final = re.compile(r"(?P<lead>\W*(?:_|\*\*)?Requirements:\*{0,2}\s*)(?P<ids>[^_*]*?)(?P<tail>[_*]*)\s*")
_PLAIN: Final = re.compile(r"[\w.#-]+")
_FOREIGN = b"\0"
"""Begins a line that is not indented as the others; no line of a Markdown file begins with it."""


class Shape(Struct, frozen=True, kw_only=True):
    r"""A unit without what is its own alone: `text` has plain line ends, no indentation common to all details and no mark.

    `head` stands before the title (number, box, indentation), `prefix` before each detail, `newline` ends each line; with `is_cut` the last
    line has no end.
    """

    text: bytes
    head: bytes = b""
    prefix: bytes = b""
    newline: bytes = b"\n"
    is_cut: bool = False

    @property
    def title(self) -> bytes:
        """Give the first line."""
        return self.text.partition(b"\n")[0]

    @property
    def lines(self) -> frozenset[bytes]:
        """Give the lines below the first one that say something."""
        return frozenset(line for line in self.text.split(b"\n")[1:] if line.strip())


def shaped(raw: bytes, number: str = "") -> Shape | None:
    r"""Read a unit's bytes; `None` where its form is none that can be written back byte by byte.

    >>> shaped(b"  - [x] 2.1 Go\n    - a\n    - _Needs revision: 1.2 (guard)_\n", "2.1")
    Shape(text=b'Go\n- a\n', head=b'  - [x] 2.1 ', prefix=b'    ', newline=b'\n', is_cut=False)
    >>> shaped(b"### Property 3: Cap\r\n\r\nText\r\n").head
    b'### Property 3: '
    """
    newline = b"\r\n" if b"\r\n" in raw else b"\n"
    if b"\0" in raw or raw.count(b"\r") != (raw.count(b"\r\n") if newline == b"\r\n" else 0) or raw.count(b"\n") != raw.count(newline):
        return None
    is_cut = not raw.endswith(b"\n")
    first, *rest = raw.replace(b"\r\n", b"\n").removesuffix(b"\n").split(b"\n")
    match = _HEADING.match(decode(first)) or _BOX.match(decode(first))
    if match is None:
        return None
    lead, title = match["lead"], match["rest"]
    if number:
        own = re.match(rf"{re.escape(number)}(?:[.:)、]|(?=\s|\Z))\s*", title)
        if own is None:
            return None
        lead, title = lead + own[0], title[own.end() :]
    body = [line for line in rest if not _MARK.fullmatch(line)]
    prefix = _indentation(body) if not first.startswith(b"#") else b""
    lines = [line.removeprefix(prefix) if line.startswith(prefix) else b"" if not line else _FOREIGN + line for line in body]
    text = b"\n".join((encode(title), *lines)) + b"\n"
    return Shape(text=text, head=encode(lead), prefix=prefix, newline=newline, is_cut=is_cut)


def _indentation(lines: Iterable[bytes]) -> bytes:
    """Give the indentation of the first line that says something."""
    first = next((line for line in lines if line.strip()), b"")
    return first[: len(first) - len(first.lstrip(b" \t"))]


def written(shape: Shape, text: bytes, indent: int = 2) -> bytes:
    r"""Write a merged text in the form that a unit had; details of a unit that had none are indented by `indent` columns.

    >>> raw = b"  - [x] 2.1 Go\n    - a\n"
    >>> written(shaped(raw, "2.1"), b"Go\n- b\n")
    b'  - [x] 2.1 Go\n    - b\n'
    """
    first, *rest = text.removesuffix(b"\n").split(b"\n")
    prefix = shape.prefix or (b"" if shape.head.startswith(b"#") else b" " * indent)
    lines = [line[1:] if line.startswith(_FOREIGN) else prefix + line if line else line for line in rest]
    joint = shape.newline.join((shape.head + first, *lines))
    return joint if shape.is_cut else joint + shape.newline


def derives(ours: Shape, versions: Iterable[bytes]) -> bool:
    r"""Tell whether a unit was made by the outline and edited at most: at least half of the lines of one version are in it.

    >>> derives(shaped(b"- [ ] 1. Go\n  - a\n  - b\n", "1"), (b"Go\n- a\n- c\n",))
    True
    >>> derives(shaped(b"- [ ] 1. Go\n  - mine\n", "1"), (b"Go\n- a\n- c\n",))
    False
    """
    for version in versions:
        lines = {line for line in version.split(b"\n")[1:] if line.strip()}
        if lines and 2 * len(lines & ours.lines) >= len(lines):
            return True
    return False


def joined_versions(base: bytes, ours: bytes, theirs: bytes) -> Merged:
    r"""Merge three versions by lines; lists of requirements are merged id by id, and lines put in beside a changed one stay beside it.

    >>> one, two, three = (f"Go\n- _Requirements: {ids}_\n".encode() for ids in ("1.1", "1.1, 9.1", "1.1, 1.2"))
    >>> joined_versions(one, two, three).raw
    b'Go\n- _Requirements: 1.1, 1.2, 9.1_\n'
    """
    found = merge(base, ours, theirs)
    if not found.conflicts:
        return found
    settled: list[tuple[bytes, bytes]] = []
    left: list[Conflict] = []
    for conflict in found.conflicts:
        lines = _lists(conflict)
        if lines is None:
            lines = _beside(conflict)
        if lines is None:
            left.append(conflict)
        else:
            settled.append((conflict.ours, lines))
    raw = found.raw
    for old, new in settled:
        if raw.count(old) != 1:
            return found
        raw = raw.replace(old, new)
    return Merged(raw, tuple(left))


def _beside(conflict: Conflict) -> bytes | None:
    r"""Merge lines that one side changed and beside which the other only put lines; `None` for anything else.

    >>> _beside(Conflict(1, b"a\n", b"a\nmine\n", b"A\n"))
    b'A\nmine\n'
    >>> _beside(Conflict(1, b"a\n", b"A\nmine\n", b"A\n"))
    b'A\nmine\n'
    """
    base, ours, theirs = (raw.splitlines(keepends=True) for raw in (conflict.base, conflict.ours, conflict.theirs))
    if not base or not theirs or not ours:
        return None
    if _at(theirs, ours) is not None:
        return conflict.ours
    at = _at(base, ours)
    if at is not None:
        return b"".join((*ours[:at], *theirs, *ours[at + len(base) :]))
    at = _at(base, theirs)
    if at is None:
        return None
    before, after = theirs[:at], theirs[at + len(base) :]
    is_there = ours[: len(before)] == before and (not after or ours[-len(after) :] == after)
    return conflict.ours if is_there else b"".join((*before, *ours, *after))


def _at(part: list[bytes], whole: list[bytes]) -> int | None:
    """Find where lines stand together among others."""
    return next((at for at in range(len(whole) - len(part) + 1) if whole[at : at + len(part)] == part), None)


def _lists(conflict: Conflict) -> bytes | None:
    """Merge one line with a list of requirements; `None` for anything else."""
    matches = [_LIST.fullmatch(decode(raw.rstrip(b"\n"))) for raw in (conflict.base, conflict.ours, conflict.theirs)]
    base, ours, theirs = matches
    if base is None or ours is None or theirs is None:
        return None
    old, own, new = ([part.strip() for part in match["ids"].split(",") if part.strip()] for match in (base, ours, theirs))
    gone = set(old) - set(own)
    ids = dict.fromkeys([name for name in new if name not in gone] + [name for name in own if name not in old and name not in new])
    return encode(f"{ours['lead']}{', '.join(ids)}{ours['tail']}") + b"\n" * conflict.ours.endswith(b"\n") if ids else None


def listed_ids(text: bytes) -> tuple[str, ...]:
    r"""Give the requirements that a unit lists on its only line of plain ids; empty where it has none or several.

    >>> listed_ids(b"Go\n- _Requirements: 1.1, 1.2_\n")
    ('1.1', '1.2')
    """
    found = [match for line in decode(text).split("\n")[1:] if (match := _LIST.fullmatch(line))]
    ids = tuple(part.strip() for part in found[0]["ids"].split(",")) if len(found) == 1 else ()
    return ids if all(_PLAIN.fullmatch(name) for name in ids) else ()


def with_ids(text: bytes, ids: Iterable[str]) -> bytes:
    r"""Write other ids on that line.

    >>> with_ids(b"Go\n- _Requirements: 1.1, 1.2_\n", ("1.3",))
    b'Go\n- _Requirements: 1.3_\n'
    """
    lines = decode(text).split("\n")
    at = next(index for index, line in enumerate(lines) if index and _LIST.fullmatch(line))
    match = _LIST.fullmatch(lines[at])
    lines[at] = f"{match['lead']}{', '.join(ids)}{match['tail']}" if match else lines[at]
    return encode("\n".join(lines))


class Block(Struct, frozen=True, kw_only=True):
    """A heading of a design with what stands below it up to the next heading.

    `key` is what a person sees, `name` what it is found by in another version: the titles above it and its own, a property's number left out.
    """

    key: str
    name: str
    title: str
    number: str
    level: int
    span: Span
    raw: bytes


def blocks(document: Document) -> tuple[Block, ...]:
    r"""Cut a design into blocks; blank lines and rules at the end of a block belong to none.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.text.paths import RelPath
    >>> found = blocks(scan(RelPath("d.md"), b"# D\n\n## A\ntext\n\n### Property 2: Cap\nmore\n"))
    >>> [(block.key, block.name, block.raw) for block in found][1:]
    [('A', 'a', b'## A\ntext\n'), ('Property 2', 'a / property / cap', b'### Property 2: Cap\nmore\n')]
    """
    nodes = document.nodes
    at = [index for index, node in enumerate(nodes) if node.kind is NodeKind.HEADING]
    above: list[tuple[int, str]] = []
    seen: Counter[str] = Counter()
    found: list[Block] = []
    for index, end in pairwise([*at, len(nodes)]):
        node = nodes[index]
        last = end
        while last > index + 1 and nodes[last - 1].kind in (NodeKind.BLANK, NodeKind.RULE):
            last -= 1
        above = [pair for pair in above if pair[0] < node.depth]
        match = _PROPERTY.fullmatch(node.text)
        own = f"property / {canonical(match['title'])}" if match else canonical(node.text)
        titles = [title for level, title in above if level > 1]
        name = " / ".join((*(canonical(title) for title in titles), own)) if node.depth > 1 else "the whole"
        seen[name] += 1
        key = f"Property {match['number']}" if match else " / ".join((*titles, node.text))
        above.append((node.depth, node.text))
        found.append(
            Block(
                key=key,
                name=name if seen[name] == 1 else f"{name}#{seen[name]}",
                title=node.text,
                number=match["number"] if match else "",
                level=node.depth,
                span=Span(node.start, nodes[last - 1].span.end),
                raw=b"".join(item.raw for item in nodes[index:last]),
            )
        )
    return tuple(found)


def relabelled(document: Document, design: Design, names: dict[str, str]) -> bytes:
    r"""Rewrite a design's references to single criteria by a table of ids.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.text.paths import RelPath
    >>> from setsquare.workspace.design import read_design
    >>> document = scan(RelPath("d.md"), b"# D\n\n**Requirements:** 1.1, 1.2\n")
    >>> relabelled(document, read_design(document), {"1.2": "1.3"})
    b'# D\n\n**Requirements:** 1.1, 1.3\n'
    """
    references = [item for part in design.properties for item in part.validates] + [mention.reference for mention in design.mentions]
    edits = {Edit(item.span, encode(names[item.first])) for item in references if names.get(item.first, item.first) != item.written}
    return apply_edits(document.render(), sorted(edits))


def task_raw(document: bytes, task: Task, edits: Iterable[Edit] = ()) -> bytes:
    """Give a task's bytes, with the edits that lie in it made.

    `edits` address the whole document.
    """
    inside = [
        Edit(Span(edit.span.start - task.span.start, edit.span.end - task.span.start), edit.new)
        for edit in edits
        if within(edit, task.span)
    ]
    return apply_edits(document[task.span.start : task.span.end], inside)


def within(edit: Edit, span: Span) -> bool:
    """Tell whether an edit lies in a span.

    >>> within(Edit(Span(2, 3), b""), Span(0, 3))
    True
    """
    return span.start <= edit.span.start and edit.span.end <= span.end
