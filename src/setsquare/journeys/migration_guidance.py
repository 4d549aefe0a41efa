"""Reads instruction files as guidance: without what other tools generated in them, with what they import looked up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from setsquare.integrations.block import FoundBlock, found_block
from setsquare.integrations.stamp import read_stamp
from setsquare.integrations.tool import Format
from setsquare.journeys.migration_files import FoundFile
from setsquare.journeys.skill_files import Ground
from setsquare.migrate.contradictions import Contradiction, contradictions
from setsquare.migrate.doubles import Double, doubles
from setsquare.migrate.guidance import Guidance, LeftOut, Note, Problem, Source
from setsquare.migrate.instructions.imports import is_pointer, resolved
from setsquare.migrate.instructions.registry import owner
from setsquare.migrate.openspec_cleaning import without_blocks
from setsquare.migrate.rule_lines import RuleLine, rule_lines
from setsquare.ports.links import Standing
from setsquare.text.document import decode
from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath
from setsquare.workspace.steering import Inclusion, read_steering


class Told(Struct, frozen=True, kw_only=True):
    """What one instruction file says, what of it was left out, what is to be known, and its single rules."""

    guidance: Guidance
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[Note, ...] = ()
    rules: tuple[RuleLine, ...] = ()


def told(ground: Ground, file: FoundFile, source: Source) -> Told | Note | Problem:
    """Read one file; a note where there is nothing to carry over."""
    text = decode(file.raw).removeprefix("\ufeff")
    if is_generated(file.path, text):
        return Note(path=file.path, text="Setsquare generated it: skills")
    kept, blank, left_out = _without_generated(file.path, text)
    if not kept.strip():
        return Note(path=file.path, text="it holds no text of people" if left_out else "it is empty")
    guidance = source.read(file.path, kept)
    if isinstance(guidance, Problem):
        return guidance
    if is_pointer(kept) and (all_named := _pointed(file.path, guidance.references)):
        return Note(path=file.path, text=f"it only points to {', '.join(all_named)}, which is read once")
    references, notes = _looked_up(ground, guidance)
    in_place = source.read(file.path, blank) if left_out else guidance
    body, line = (in_place.body, in_place.line) if isinstance(in_place, Guidance) else (guidance.body, guidance.line)
    return Told(
        guidance=replace(guidance, references=references),
        left_out=(*left_out, *guidance.left_out),
        notes=notes,
        rules=rule_lines(file.path, body, line, _scope(guidance.inclusion, guidance.patterns)),
    )


def is_generated(path: str, text: str) -> bool:
    r"""Tell whether a whole rule file is one that `setsquare skills` wrote.

    >>> is_generated(".cursor/rules/ts.mdc", "---\nalwaysApply: true\n---\n")
    False
    """
    return path.endswith(".mdc") and read_stamp(text, Format.MDC) is not None


# req: openspec-interop/5.4
def compared(ground: Ground, every: Iterable[Told], ours: frozenset[str]) -> tuple[tuple[Double, ...], tuple[Contradiction, ...]]:
    """Hold the rules of all files, and of the steering that was there before, against each other; `ours` are the targets of a migration."""
    rules = [rule for one in every for rule in one.rules]
    for path in ground.files.listing(RelPath(".kiro/steering"), 10_000):
        if path in ours or not path.endswith(".md"):
            continue
        raw = ground.files.read(path) or b""
        steering = read_steering(scan(path, raw))
        before = raw[: len(raw) - len(steering.body.encode("utf-8", "surrogateescape"))].count(b"\n")
        rules += rule_lines(path, steering.body, before + 1, _scope(steering.inclusion, steering.patterns))
    return doubles(rules), contradictions(rules)


def _scope(inclusion: Inclusion, patterns: tuple[str, ...]) -> tuple[str, ...]:
    if inclusion is Inclusion.MANUAL:
        return (inclusion.value,)
    return tuple(sorted(patterns)) if inclusion is Inclusion.FILE_MATCH else ()


def _without_generated(path: RelPath, text: str) -> tuple[str, str, tuple[LeftOut, ...]]:
    """Take out what OpenSpec and Setsquare wrote between their marks; also give the text with blank lines in its place, for line numbers."""
    kept, blocks = without_blocks(text)
    left_out = [LeftOut(path=path, line=line, text=block, why="OpenSpec generated it") for line, block in blocks]
    blank = text
    for _, block in blocks:
        blank = blank.replace(block, "\n" * block.count("\n"), 1)
    own = found_block(kept.encode("utf-8", "surrogateescape"))
    if isinstance(own, FoundBlock):
        block = kept[own.start : own.end]
        line = blank.count("\n", 0, max(blank.find(block), 0)) + 1
        left_out.append(LeftOut(path=path, line=line, text=block, why="Setsquare generated it: skills"))
        blank = blank.replace(block, "\n" * block.count("\n"), 1)
        kept = kept[: own.start] + kept[own.end :]
    return kept, blank, tuple(left_out)


def _pointed(path: RelPath, written: Iterable[str]) -> tuple[str, ...]:
    """Name the instruction files that a pointer leads to; none where it leads to anything else."""
    targets = [resolved(path, one) for one in written]
    found = [target for target in targets if target is not None and target != path and owner(target) is not None]
    return tuple(found) if len(found) == len(targets) else ()


def _looked_up(ground: Ground, guidance: Guidance) -> tuple[tuple[str, ...], tuple[Note, ...]]:
    """Keep the imports that are files of the workspace; instruction files among them are carried over by themselves."""
    found: list[str] = []
    notes = [Note(path=guidance.path, text=note) for note in guidance.notes]
    for written, reason in _judged(ground, guidance):
        if reason:
            notes.append(Note(path=guidance.path, text=f"imports {written}, {reason}"))
        else:
            found.append(resolved(guidance.path, written) or "")
    return tuple(dict.fromkeys(found)), tuple(notes)


def _judged(ground: Ground, guidance: Guidance) -> Iterator[tuple[str, str]]:
    """Give each import with the reason why it is no reference; empty where it is one."""
    for written in guidance.references:
        target = resolved(guidance.path, written)
        if target is None:
            yield written, "which lies outside of the workspace: not followed"
        elif owner(target) is not None:
            yield written, "which is carried over by itself"
        else:
            standing = ground.links.place(target).standing
            yield (
                written,
                {Standing.FILE: "", Standing.OUTSIDE: "which leads out of the workspace: not followed"}.get(standing, "which is no file"),
            )
