"""Merges a MODIFIED requirement with what the main spec has come to say since the change was written, line by line.

Source: three-way merging as of diff3; OpenSpec 1.13.2 keeps no base and replaces the requirement whole.
"""

from __future__ import annotations

from difflib import SequenceMatcher

from setsquare.spec.openspec.block_parts import Part, block_of, joined_parts, parts_of
from setsquare.spec.openspec.clash import Clash
from setsquare.text.merging import merge
from setsquare.workspace.openspec.text import SPACE, trimmed


def three_way(requirement: str, base: str, main: str, delta: str) -> str | tuple[Clash, ...]:
    r"""Merge a block's three versions; headers are not compared, for a rename may have changed them. The answer is a block, or what clashes.

    The statement and each scenario are merged for themselves, scenarios by name, so that an added scenario never clashes with its neighbour.

    >>> three_way("A", "### Requirement: A\na\nb\nc", "### Requirement: A\na\nb\nC", "### Requirement: A\nA\nb\nc")
    '### Requirement: A\nA\nb\nC'
    >>> [(one.main, one.delta) for one in three_way("A", "### Requirement: A\na", "### Requirement: A\nb", "### Requirement: A\nc")]
    [('b', 'c')]
    """
    head = delta.partition("\n")[0]
    if is_same(base, main):
        return delta
    if is_same(base, delta):
        return f"{head}\n{main.partition(chr(10))[2]}".rstrip(SPACE)
    blocks = [block_of(raw) for raw in (base, main, delta)]
    cut = [parts_of(block) for block in blocks if block is not None]
    is_named = all(len({part.name for part in scenarios}) == len(scenarios) for _, scenarios in cut)
    if len(cut) < len(blocks) or not is_named:
        whole = [Part("", raw.rstrip(SPACE), "\n", 1) for raw in (base, main, delta)]
        merged, clashes = _merged(requirement, *whole)
        return tuple(clashes) or f"{head}\n{merged.text.partition(chr(10))[2]}".rstrip(SPACE)
    top, clashes = _merged(requirement, *(first for first, _ in cut))
    sides = (cut[0][1], cut[1][1], cut[2][1])
    scenarios = _scenarios(requirement, sides, clashes)
    return tuple(clashes) or joined_parts(Part("", f"{head}\n{top.text.partition(chr(10))[2]}".rstrip(SPACE), top.gap, 1), scenarios)


def _scenarios(requirement: str, sides: tuple[tuple[Part, ...], ...], clashes: list[Clash]) -> list[Part]:
    """Merge scenarios by name: in the order of the delta, those that came in elsewhere behind the one that they stand behind there."""
    _, main, delta = sides
    olds, nows, news = ({part.name: part for part in side} for side in sides)
    found: list[Part] = []
    for part in delta:
        old, now = olds.get(part.name), nows.get(part.name)
        if now is None and old is not None:
            # Taken out meanwhile: so it stays, unless the delta says something new of it.
            if old.text != part.text:
                clashes.append(_clash(requirement, old, _NOTHING, part))
            continue
        if now is None:
            found.append(part)
            continue
        merged, more = _merged(requirement, old or Part(part.name, "", "\n", 1), now, part)
        clashes += more
        found.append(merged)
    for at, part in enumerate(main):
        if part.name in news:
            continue
        old = olds.get(part.name)
        if old is None:
            names = [held.name for held in found]
            place = next((names.index(before.name) + 1 for before in reversed(main[:at]) if before.name in names), 0)
            found.insert(place, part)
        elif old.text != part.text:
            clashes.append(_clash(requirement, old, part, _NOTHING))
    return found


def _merged(requirement: str, base: Part, main: Part, delta: Part) -> tuple[Part, list[Clash]]:
    """Merge one part's three versions; the first line, a header, is that of the delta where there is one."""
    done = merge(*(_lines_below(part) for part in (base, main, delta)), is_by_line=True)
    clashes = [
        Clash(
            requirement=requirement,
            main_line=main.line + _line_of(_lines_below(main), one.ours, one.line),
            delta_line=delta.line + _line_of(_lines_below(delta), one.theirs, one.line),
            base_line=base.line + one.line,
            base=_text(one.base),
            main=_text(one.ours),
            delta=_text(one.theirs),
        )
        for one in done.conflicts
    ]
    head = delta.text.partition("\n")[0]
    return Part(delta.name, f"{head}\n{_text(done.raw)}".rstrip(SPACE), delta.gap, delta.line), clashes


def _clash(requirement: str, base: Part, main: Part, delta: Part) -> Clash:
    return Clash(
        requirement=requirement,
        main_line=main.line,
        delta_line=delta.line,
        base_line=base.line,
        base=base.text,
        main=main.text,
        delta=delta.text,
    )


_NOTHING = Part("", "", "\n", 1)


def _lines_below(part: Part) -> bytes:
    below = part.text.partition("\n")[2].rstrip(SPACE)
    return (below + "\n").encode("utf-8", "surrogatepass") if below else b""


def removal(requirement: str, base: str, main: str) -> Clash | None:
    r"""Say that a requirement which is to be removed says something else than when that was written; `None` when it does not.

    >>> removal("A", "### Requirement: A\na", "### Requirement: A\na\n") is None
    True
    """
    if is_same(base, main):
        return None
    return Clash(requirement=requirement, main_line=1, delta_line=1, base=trimmed(base), main=trimmed(main), delta="", is_removal=True)


def is_same(one: str, other: str) -> bool:
    r"""Tell whether two blocks say the same below their headers.

    >>> is_same("### Requirement: A\na", "### Requirement: B\na\n")
    True
    """
    return _body(one) == _body(other)


def has_taken_over(base: str, main: str, delta: str) -> bool:
    r"""Tell whether a delta's block holds all that the main spec has changed since the base.

    >>> has_taken_over("H\na\nb", "H\na\nB", "H\nA\nB"), has_taken_over("H\na\nb", "H\na\nB", "H\nA\nb")
    (True, False)
    """
    old, now, new = (_body(text).split(b"\n") for text in (base, main, delta))
    kept = {
        at for block in SequenceMatcher(None, now, new, autojunk=False).get_matching_blocks() for at in range(block.a, block.a + block.size)
    }
    for tag, old_start, old_end, start, end in SequenceMatcher(None, old, now, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        if not kept.issuperset(range(start, end)) or any(line and new.count(line) > now.count(line) for line in old[old_start:old_end]):
            return False
    return True


def _body(text: str) -> bytes:
    return (text.partition("\n")[2].rstrip(SPACE) + "\n").encode("utf-8", "surrogatepass")


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogatepass").rstrip("\n")


def _line_of(below: bytes, part: bytes, near: int) -> int:
    """Find a part in the lines below a header, counted from 1: the place nearest to a line of the base."""
    lines, wanted = below.splitlines(keepends=True), part.splitlines(keepends=True)
    places = [at for at in range(len(lines) - len(wanted) + 1) if lines[at : at + len(wanted)] == wanted] if wanted else []
    return 1 + (min(places, key=lambda at: abs(at - near + 1)) if places else min(near - 1, len(lines)))
