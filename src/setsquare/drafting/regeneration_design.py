"""Brings a design up to changed requirements without a model: only the sections that the change reaches are written anew.

Source: section-level regeneration in the EARS engine's reference, section 5.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from setsquare.drafting.assembling import Action, Proposal, Regenerated, UnitChange
from setsquare.drafting.comparison import Comparison
from setsquare.drafting.outline_again import Outlines, designs, outlines
from setsquare.drafting.outline_reading import NothingToDraft
from setsquare.drafting.units import Block, Shape, blocks, derives, joined_versions, relabelled, shaped, within, written
from setsquare.text.document import Document
from setsquare.text.markdown import scan
from setsquare.text.span import Edit, Span, apply_edits
from setsquare.workspace.design import read_design


class Versions(Struct, frozen=True, kw_only=True):
    """The blocks of the old outline (with references as they are now, and as written then), of the file and of the new outline, by name."""

    base: Mapping[str, Block]
    then: Mapping[str, Block]
    ours: Mapping[str, Block]
    theirs: Mapping[str, Block]


class Decided(Struct, frozen=True, kw_only=True):
    """What becomes of one block."""

    block: Block
    action: Action
    raw: bytes = b""
    proposal: bytes = b""
    note: str = ""


def regenerated_design(compared: Comparison) -> Regenerated | NothingToDraft:
    """Bring the design of a spec up to its requirements."""
    found = outlines(compared)
    if isinstance(found, NothingToDraft):
        return found
    versions = _versions(compared, found)
    decided = tuple(_decided(compared, versions))
    if _is_outlined(versions):
        return assembled(compared, decided, tuple(_new(compared, versions)))
    made = assembled(compared, decided, ())
    if not compared.new_ids:
        return made
    note = f"not written by the outline, so nothing was added for {', '.join(compared.new_ids)}: write it by hand, or with a model"
    return replace(made, notes=(*made.notes, note))


def _versions(compared: Comparison, found: Outlines) -> Versions:
    """Read the three versions."""
    base, theirs = designs(found)
    then = scan(compared.path, base)
    same = {old: now for old, now in compared.same.items() if now}
    now = scan(compared.path, relabelled(then, read_design(then), same))
    return Versions(
        base=_named(now),
        then=_named(then),
        ours=_named(compared.document),
        theirs=_renamed(_named(now), _named(scan(compared.path, theirs))),
    )


def _named(document: Document) -> dict[str, Block]:
    return {block.name: block for block in blocks(document)}


def _renamed(base: Mapping[str, Block], theirs: Mapping[str, Block]) -> dict[str, Block]:
    """Name a property of the new outline as in the old one where its number says that it is the same."""
    old = {block.number: name for name, block in base.items() if block.number}
    found: dict[str, Block] = {}
    for name, block in theirs.items():
        found[old.get(block.number, name) if block.number and name not in base else name] = block
    return found


def reached_blocks(compared: Comparison) -> tuple[Block, ...]:
    """List the blocks of the file that name a criterion which changed its meaning or is gone."""
    uids = {change.uid for change in compared.semantic}
    starts = [link.reference.span.start for link in compared.links if link.uid in uids and link.reference]
    return tuple(
        block
        for block in blocks(compared.document)
        if any(block.span.start <= start < block.span.end for start in starts) and block.name != "the whole"
    )


def _decided(compared: Comparison, versions: Versions) -> Iterator[Decided]:
    """Decide on each block that the changes reach."""
    linked = {block.name for block in reached_blocks(compared)}
    for name, block in versions.ours.items():
        ours = shaped(renumbered_raw(compared, block))
        base, then, theirs = (_body(version.get(name)) for version in (versions.base, versions.then, versions.theirs))
        is_own = ours is not None and base is not None and derives(ours, [item for item in (base, theirs) if item is not None])
        if name == "the whole" or not (name in linked or (is_own and _speaks_of(compared, versions, name))):
            continue
        if not is_own or ours is None or base is None:
            yield Decided(block=block, action=Action.KEPT, note="not written by the outline, so not rewritten")
        elif theirs is None:
            yield Decided(block=block, action=Action.KEPT, note="obsolete, the requirements say nothing of it any more")
        else:
            raw = shaped(block.raw)
            # What was not edited at all, or has no reference that shifted, is compared with the old outline as it was written.
            is_plain = raw is not None and (raw.text in (then, ours.text))
            yield merged_block(block, ours, (base, theirs), raw if is_plain and then is not None else None, then or b"")


def merged_block(block: Block, ours: Shape, versions: tuple[bytes, bytes], plain: Shape | None = None, then: bytes = b"") -> Decided:
    """Merge three versions of a block; where people and the change met on one line, it stays as it is."""
    base, theirs = versions
    result = joined_versions(base, ours.text, theirs)
    if result.conflicts and plain is not None:
        result = joined_versions(then, plain.text, theirs)
    if result.conflicts:
        return Decided(block=block, action=Action.CONFLICT, proposal=written(ours, theirs))
    return Decided(block=block, action=Action.REPLACED, raw=written(ours, result.raw))


def _body(block: Block | None) -> bytes | None:
    shape = shaped(block.raw) if block else None
    return shape.text if shape else None


def renumbered_raw(compared: Comparison, block: Block) -> bytes:
    """Give a block's bytes with its shifted references renumbered."""
    start = block.span.start
    inside = [
        Edit(Span(edit.span.start - start, edit.span.end - start), edit.new) for edit in compared.renumbered if within(edit, block.span)
    ]
    return apply_edits(block.raw, inside)


def _speaks_of(compared: Comparison, versions: Versions, name: str) -> bool:
    """Tell whether the outline names a changed criterion in a block, or counts them in one that names none."""
    then, theirs = versions.then.get(name), versions.theirs.get(name)
    old = {change.was or change.id for change in compared.semantic if change.before}
    new = {change.id for change in compared.semantic if change.after}
    if (then and names(then.raw, old)) or (theirs and names(theirs.raw, new)):
        return True
    everything = {*compared.heirs, *(pairing.new.id for pairing in compared.item.pairings if pairing.new)}
    is_free = not any(block and names(block.raw, everything) for block in (then, theirs))
    return is_free and bool(then and theirs and then.raw != theirs.raw)


def names(raw: bytes, ids: Iterable[str]) -> bool:
    """Tell whether a text names one of these ids as a word.

    >>> names(b"see 1.2, 1.30", ("1.3",)), names(b"(1.3)", ("1.3",))
    (False, True)
    """
    pattern = "|".join(re.escape(name) for name in sorted(ids) if name)
    return bool(pattern) and re.search(rb"(?<![\w.])(?:" + pattern.encode("utf-8", "surrogateescape") + rb")(?![\w]|\.\w)", raw) is not None


class Place(Struct, frozen=True):
    """A new block and the end of the block of the file that it follows."""

    block: Block
    at: int


def _new(compared: Comparison, versions: Versions) -> Iterator[Place]:
    """List the blocks of the new outline that speak of a new criterion and stand nowhere yet, each with its place."""
    own = {_own_title(name) for name in versions.ours}
    new = set(compared.new_ids) | {change.id for change in compared.semantic if change.after}
    listed = list(versions.theirs.items())
    for index, (name, block) in enumerate(listed):
        if name in versions.base or name in versions.ours or _own_title(name) in own:
            continue
        below = [block.raw, *(other.raw for _, other in _below(listed, index))]
        before = next((versions.ours[other] for other, _ in reversed(listed[:index]) if other in versions.ours), None)
        if before is not None and any(names(raw, new) for raw in below):
            yield Place(block, before.span.end)


def _own_title(name: str) -> str:
    return name.rpartition(" / ")[2]


def _is_outlined(versions: Versions) -> bool:
    """Tell whether a design was made by the outline: at least half of its sections can be recognised."""
    names = [name for name in versions.base if name != "the whole"]
    kept = 0
    for name in names:
        shape = shaped(versions.ours[name].raw) if name in versions.ours else None
        base = [body for body in (_body(versions.base[name]), _body(versions.theirs.get(name))) if body is not None]
        # A heading with nothing below it says nothing of who wrote it.
        kept += shape is not None and (derives(shape, base) or not any(body.partition(b"\n")[2].strip() for body in base))
    return 2 * kept >= len(names)


def _below(listed: Sequence[tuple[str, Block]], index: int) -> Iterator[tuple[str, Block]]:
    """List the blocks below a block."""
    for name, block in listed[index + 1 :]:
        if block.level <= listed[index][1].level:
            return
        yield name, block


def assembled(compared: Comparison, decided: Sequence[Decided], appended: Sequence[Place]) -> Regenerated:
    """Write the design: merged blocks, new ones, and references that shifted elsewhere."""
    raw = compared.document.render()
    newline = b"\r\n" if b"\r\n" in raw else b"\n"
    written_spans = [item.block.span for item in decided if item.action is Action.REPLACED]
    edits = [edit for edit in compared.renumbered if not any(within(edit, span) for span in written_spans)]
    edits += [Edit(item.block.span, item.raw) for item in decided if item.action is Action.REPLACED]
    texts: dict[int, bytes] = {}
    for place in appended:
        lead = newline if texts.get(place.at) or raw[: place.at].endswith(b"\n") else newline * 2
        texts[place.at] = texts.get(place.at, b"") + lead + place.block.raw.replace(b"\n", newline)
    edits += [Edit(Span(at, at), text) for at, text in texts.items()]
    units = [UnitChange(item.block.key, item.block.title, item.action) for item in decided if item.raw != item.block.raw or not item.raw]
    told = {item.block.span for item in decided}
    others = (block for block in blocks(compared.document) if block.span not in told)
    shifted = (block for block in others if any(within(edit, block.span) for edit in compared.renumbered))
    units += [UnitChange(block.key, block.title, Action.RENUMBERED) for block in shifted]
    units += [UnitChange(place.block.key, place.block.title, Action.APPENDED) for place in appended]
    return Regenerated(
        raw=apply_edits(raw, edits),
        units=tuple(units),
        notes=tuple(f"{item.note}: {item.block.key}" for item in decided if item.note),
        proposals=tuple(Proposal(item.block.key, item.block.title, item.proposal) for item in decided if item.proposal),
    )
