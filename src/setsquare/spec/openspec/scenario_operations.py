"""Writes operations on scenarios out: a MODIFIED requirement that says only which of its scenarios are added, modified or removed.

In a MODIFIED block each header of level 4 is then `#### ADDED Scenario: X`, `#### MODIFIED Scenario: X` or `#### REMOVED Scenario: X`; text above the
first of them replaces the requirement's statement, and where there is none the statement stays. OpenSpec reads such a header as a scenario of that whole
title, misses those that the requirement has, and refuses: it never applies half of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from setsquare.spec.openspec.block_parts import Part, block_of, joined_parts, parts_of
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.workspace.openspec.model import Change, Delta, MainSpec, Operation, RequirementBlock
from setsquare.workspace.openspec.text import INLINE_SPACE, SPACE

_NAME = LazyPattern(rf"(ADDED|MODIFIED|REMOVED)[{INLINE_SPACE}]+Scenario:[{INLINE_SPACE}]*(.+)")
_STARTS = ("ADDED ", "MODIFIED ", "REMOVED ")


class Misapplied(Struct, frozen=True):
    """Why an operation on a scenario cannot be carried out; `line` is its header's in the delta."""

    message: str
    line: int


def has_operations(block: RequirementBlock, target: RequirementBlock | None = None) -> bool:
    r"""Tell whether a block consists of operations on scenarios; not so where the requirement really has scenarios of these titles.

    >>> has_operations(block_of("### Requirement: A\n#### ADDED Scenario: B\n- c"))
    True
    """
    names = [scenario.name for scenario in block.scenarios]
    if not names or not all(name.startswith(_STARTS) and _NAME.fullmatch(name) for name in names):
        return False
    return target is None or not {scenario.name for scenario in target.scenarios}.intersection(names)


def written_out_on(change: Change, mains: Mapping[str, MainSpec]) -> Change:
    """Write all operations of a change out on the main specs as they are; what cannot be written out stays as it is.

    >>> from setsquare.text.paths import RelPath
    >>> change = Change(id="c", path=RelPath("c"))
    >>> written_out_on(change, {}) is change
    True
    """
    if not any(has_operations(block) for delta in change.deltas for block in delta.modified):
        return change
    deltas: list[Delta] = []
    for delta in change.deltas:
        main = mains.get(delta.capability)
        targets = {block.name: block for block in main.requirements} if main is not None else {}
        before = {one.target.name: one.source.name for one in delta.renamed if one.source and one.target}
        blocks: list[RequirementBlock] = []
        for block in delta.modified:
            target = targets.get(before.get(block.name, block.name))
            new = written_out(block, target) if target is not None and has_operations(block, target) else block
            blocks.append(block if isinstance(new, Misapplied) else new)
        deltas.append(replace(delta, modified=tuple(blocks)))
    return replace(change, deltas=tuple(deltas))


def written_out(block: RequirementBlock, target: RequirementBlock) -> RequirementBlock | Misapplied:
    r"""Carry the operations of a block out on a requirement; the answer is a whole MODIFIED block of the requirement's new text.

    >>> target = block_of("### Requirement: A\nIt SHALL.\n\n#### Scenario: B\n- c")
    >>> print(written_out(block_of("### Requirement: A\n#### ADDED Scenario: D\n- e"), target).raw)
    ### Requirement: A
    It SHALL.
    <BLANKLINE>
    #### Scenario: B
    - c
    <BLANKLINE>
    #### Scenario: D
    - e
    """
    head, found = parts_of(target)
    own_head, own_parts = parts_of(block)
    # The statement stays where the block gives none.
    header = own_head.text.partition("\n")[0]
    own = own_head if own_head.text.partition("\n")[2].strip(SPACE) else head
    top = Part("", f"{header}\n{own.text.partition(chr(10))[2]}".rstrip(SPACE), own.gap, 1)
    parts = list(found)
    dropped: list[str] = []
    for scenario, part in zip(block.scenarios, own_parts, strict=True):
        named = _NAME.fullmatch(scenario.name)
        if named is None:
            continue
        operation, name = Operation(named[1]), named[2].strip(SPACE)
        problem = _applied(parts, operation, name, part)
        if problem:
            return Misapplied(f'{operation.value} scenario "{name}" of "{block.name}": {problem}', scenario.line)
        if operation is Operation.REMOVED:
            dropped.append(name)
    new = block_of(joined_parts(top, parts))
    if new is None:
        return Misapplied(f'"{block.name}" cannot be written out', block.line)
    return replace(new, line=block.line, dropped=tuple(dropped))


def _applied(parts: list[Part], operation: Operation, name: str, given: Part) -> str:
    """Carry one operation out; the answer is why it cannot be, empty when it was."""
    at = next((at for at, part in enumerate(parts) if part.name == name), -1)
    text = f"#### Scenario: {name}{given.text[len(given.text.partition(chr(10))[0]) :]}"
    if operation is Operation.ADDED:
        if at >= 0:
            return "" if parts[at].text == text else "there is one of that name already; use MODIFIED"
        parts.append(Part(name, text, "\n", 0))
        return ""
    if at < 0:
        known = ", ".join(f'"{part.name}"' for part in parts)
        return f"the requirement has none of that name; it has {known}" if known else "the requirement has no scenario"
    if operation is Operation.MODIFIED:
        parts[at] = Part(name, text, parts[at].gap, 0)
    else:
        del parts[at]
    return ""
