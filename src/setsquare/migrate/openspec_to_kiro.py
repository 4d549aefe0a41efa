"""Turns a capability or a change of OpenSpec into a spec of Kiro.

A capability's `spec.md` becomes `requirements.md`; of a change the deltas become `requirements.md`, and every other file stays as it is.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

from msgspec import Struct

from setsquare.migrate.carried import Record, Slot, mark_of
from setsquare.migrate.converted import Converted, Form, Note, Source, finished
from setsquare.migrate.encoding import Encoding, encoding_of, written
from setsquare.migrate.kiro_form import as_openspec, block_of, read_requirement, split_requirements
from setsquare.migrate.openspec_form import Block, as_kiro, read_block, requirement_of, split_delta, split_spec
from setsquare.migrate.parts import Direction, Kept, Loss, Part, PartKind, ending, key_of, losses_of, turned
from setsquare.text.paths import RelPath, base_name, parent
from setsquare.workspace.openspec.proposal import read_proposal
from setsquare.workspace.openspec.text import normalised

REQUIREMENTS = "requirements.md"
SPEC = "spec.md"
DELTA = "**Delta:** "
"""Begins the line of a requirement that names the capability and the section that it came from."""


# req: openspec-interop/4.1
def openspec_to_kiro(source: Source, folder: RelPath, *, rewrites: bool = False) -> Converted:
    """Convert one capability or change to a spec in `folder`."""
    came = source.record if source.record and source.record.form == Form.KIRO.value else None
    if source.form is Form.CAPABILITY or (came and came.document == REQUIREMENTS):
        return _whole(source, folder, came, rewrites=rewrites)
    return _change(source, folder, came, rewrites=rewrites)


def way(name: str, *, section: str = "## Requirements", rewrites: bool = False) -> Direction:
    """Give the way of one document that holds whole requirements."""
    return Direction(
        split=split_spec,
        write=lambda parts: as_kiro(parts, name, rewrites=rewrites),
        split_target=split_requirements,
        write_back=lambda parts: as_openspec(parts, name, section=section),
    )


def _whole(source: Source, folder: RelPath, came: Record | None, *, rewrites: bool) -> Converted:
    """Convert a document that holds whole requirements: a main spec, or the delta that a Kiro spec became."""
    document = SPEC if source.form is Form.CAPABILITY else _only_delta(source)
    files = _others(source, came, {document})
    record = Record(origin=source.folder, form=source.form.value, document=document)
    losses: tuple[Loss, ...] = ()
    alone = {}
    if document in source.files:
        text = normalised(source.files[document])
        section = "## ADDED Requirements" if source.form is Form.CHANGE else "## Requirements"
        name = source.name if source.form is Form.CAPABILITY else base_name(parent(document))
        found = turned(document, text, way(name, section=section, rewrites=rewrites), came.wordings() if came else {})
        files[REQUIREMENTS] = written(found.text, _encoding(came, REQUIREMENTS))
        losses, alone = found.losses, {document: found.alone}
        record = Record(
            origin=source.folder,
            form=source.form.value,
            document=document,
            encodings=(encoding_of(document, source.files[document]),),
            kept=found.kept,
        )
    return Converted(
        source=source,
        form=Form.KIRO,
        folder=folder,
        files=files,
        record=finished(record, source, files),
        losses=losses,
        alone=alone,
        notes=_notes(source),
    )


def _only_delta(source: Source) -> str:
    return next((name for name in sorted(source.files) if name.startswith("specs/") and name.endswith(f"/{SPEC}")), SPEC)


def _others(source: Source, came: Record | None, taken: set[str]) -> dict[str, bytes]:
    """Take the files over that both forms hold; what an earlier conversion made goes, what it held back comes again."""
    made = {mark.name: mark for mark in came.wrote if mark.name in came.made} if came else {}
    files = {name: base64.b64decode(raw) for name, raw in came.held} if came else {}
    for name, raw in source.files.items():
        if name in taken or (name in made and made[name] == mark_of(name, raw)):
            continue
        files[name] = raw
    return files


def _encoding(came: Record | None, name: str) -> Encoding:
    return next((one for one in came.encodings if one.file == name), Encoding(file=name)) if came else Encoding(file=name)


class _Delta(Struct, frozen=True, kw_only=True):
    """What one delta becomes: its requirements in the new form, what stands around them, what is kept and lost."""

    texts: tuple[str, ...]
    slots: tuple[Slot, ...]
    kept: tuple[Kept, ...]
    losses: tuple[Loss, ...]
    alone: str


def _change(source: Source, folder: RelPath, came: Record | None, *, rewrites: bool) -> Converted:
    """Convert a change: the requirements of its deltas with the line that says where each belongs."""
    names = [name for name in sorted(source.files) if name.startswith("specs/") and name.endswith(f"/{SPEC}")]
    files = _others(source, came, set(names))
    held = tuple((name, base64.b64encode(files.pop(name)).decode()) for name in (REQUIREMENTS,) if name in files)
    deltas: dict[str, _Delta] = {}
    for name in names:
        before = sum(len(delta.texts) for delta in deltas.values())
        deltas[name] = _delta(name, normalised(source.files[name]), before, rewrites=rewrites)
    kept = tuple(one for delta in deltas.values() for one in delta.kept)
    if names:
        texts = [text for delta in deltas.values() for text in delta.texts]
        document = _change_head(source) + "".join(texts)
        files[REQUIREMENTS] = document.encode()
        if [part.text for part in split_requirements(document) if part.kind is PartKind.REQUIREMENT] != texts:
            # Something in it reads as another heading here: the deltas are kept whole, for as long as nobody edits.
            kept += tuple(Kept(file=name, line=1, key=key_of(document), text=normalised(source.files[name])) for name in names)
    record = Record(
        origin=source.folder,
        form=source.form.value,
        encodings=tuple(encoding_of(name, source.files[name]) for name in names),
        kept=kept,
        slots=tuple(slot for delta in deltas.values() for slot in delta.slots),
        held=held,
    )
    return Converted(
        source=source,
        form=Form.KIRO,
        folder=folder,
        files=files,
        record=finished(record, source, files),
        losses=tuple(loss for delta in deltas.values() for loss in delta.losses),
        alone={name: delta.alone for name, delta in deltas.items()},
        notes=_notes(source),
    )


def _delta(name: str, text: str, before: int, *, rewrites: bool) -> _Delta:
    """Convert one delta; `before` requirements stand above its own."""
    parts = split_delta(text)
    texts: list[str] = []
    slots: list[Slot] = []
    kept: list[Kept] = []
    losses: list[Loss] = []
    rebuilt: list[str] = []
    frame = ""
    for at, part in enumerate(parts):
        if part.kind is not PartKind.REQUIREMENT:
            frame += part.text
            losses += _framing(name, part)
            rebuilt.append(part.text)
            continue
        new = _requirement(part, before + len(texts) + 1, name, _section(parts[:at]), rewrites=rewrites)
        core = part.text[: len(part.text) - len(ending(part.text))]
        back = block_of(bare(new), end="")
        if back != core:
            kept.append(Kept(file=name, line=part.line, key=key_of(new), text=core))
            losses += losses_of(name, part.line, core, back)
        slots.append(Slot(name, frame, key_of(new), read_block(part.text).name))
        frame = part.text[len(core) :]
        texts.append(new)
        rebuilt += (back, frame)
    slots.append(Slot(name, frame))
    return _Delta(texts=tuple(texts), slots=tuple(slots), kept=tuple(kept), losses=tuple(losses), alone="".join(rebuilt))


def _section(before: Sequence[Part]) -> str:
    """Name the section that a requirement stands in."""
    for part in reversed(before):
        for line in reversed(part.text.split("\n")):
            words = line.lstrip("#").split()
            if line.startswith("## ") and words and words[0].upper() in {"ADDED", "MODIFIED"}:
                return words[0].upper()
    return "ADDED"


def _framing(name: str, part: Part) -> tuple[Loss, ...]:
    """List what stands beside the requirements of a delta and is more than its own headers."""
    usual = {"## ADDED Requirements", "## MODIFIED Requirements"}
    return tuple(
        Loss(file=name, line=part.line + at, text=line.strip(), is_words=True)
        for at, line in enumerate(part.text.split("\n"))
        if line.strip() and line.strip() not in usual
    )


def _requirement(part: Part, number: int, file: str, section: str, *, rewrites: bool) -> str:
    capability = parent(file).removeprefix("specs/")
    text = requirement_of(read_block(part.text), number, rewrites=rewrites, notes=(f"{DELTA}{section}, {capability}", ""))
    return text.rstrip("\n") + "\n\n"


def bare(text: str) -> Block:
    """Read a requirement without the line that says where it belongs."""
    lines = text.split("\n")
    kept: list[str] = []
    skips = False
    for line in lines:
        if line.startswith(DELTA):
            skips = True
        elif not (skips and not line.strip()):
            kept.append(line)
            skips = False
        else:
            skips = False
    return read_requirement("\n".join(kept))


def _change_head(source: Source) -> str:
    """Write the head from the proposal, which stays a file of its own."""
    raw = source.files.get("proposal.md")
    why = (read_proposal(RelPath("proposal.md"), normalised(raw), source.name).why or "").strip() if raw is not None else ""
    why = "\n".join(line for line in why.split("\n") if not line.startswith("#")) or f"What the change {source.name} is to bring."
    return f"# Requirements Document\n\n## Introduction\n\n{why}\n\n## Requirements\n\n"


def _notes(source: Source) -> tuple[Note, ...]:
    """Name what a person should look at."""
    found = []
    if source.form is Form.CHANGE and not any(name.startswith("specs/") for name in source.files):
        found.append(Note(path=f"{source.folder}/proposal.md", line=1, text="the change has no delta, so the spec has no requirements"))
    return tuple(found)
