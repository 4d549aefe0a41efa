"""Turns a spec of Kiro into a capability of OpenSpec, or into a change where it has a design or tasks.

A spec that was a change before becomes that change again: its deltas are put together from their own framing and the requirements as they are now.
"""

from __future__ import annotations

import base64

from setsquare.migrate.carried import Record, Slot
from setsquare.migrate.converted import Converted, Form, Note, Source, finished
from setsquare.migrate.encoding import Encoding, encoding_of, written
from setsquare.migrate.kiro_form import as_openspec, block_of, read_requirement, renamed_headings, split_requirements
from setsquare.migrate.openspec_form import as_kiro, split_spec
from setsquare.migrate.openspec_to_kiro import REQUIREMENTS, SPEC, bare
from setsquare.migrate.parts import Direction, Part, PartKind, Turned, key_of, turned
from setsquare.text.counted import counted
from setsquare.text.paths import RelPath, base_name
from setsquare.workspace.openspec.text import normalised

_ADDED = "## ADDED Requirements"
_MAIN = "## Requirements"
_META = ".openspec.yaml"
_PROPOSAL = "proposal.md"


def form_of(source: Source) -> Form:
    """Say what a Kiro spec becomes: what it was before, else a change where work is planned."""
    if source.record and source.record.form in (Form.CAPABILITY.value, Form.CHANGE.value):
        return Form(source.record.form)
    has_work = any(source.files.get(name, b"").strip() for name in ("design.md", "tasks.md", "bugfix.md"))
    return Form.CHANGE if has_work else Form.CAPABILITY


# req: openspec-interop/4.1
def kiro_to_openspec(source: Source, folder: RelPath) -> Converted:
    """Convert one spec of Kiro to a capability or change in `folder`."""
    came = source.record if source.record and source.record.form in (Form.CAPABILITY.value, Form.CHANGE.value) else None
    if came and came.form == Form.CHANGE.value and not came.document:
        return _change_again(source, folder, came)
    form = form_of(source)
    document = SPEC if form is Form.CAPABILITY else came.document if came and came.document else f"specs/{source.name}/{SPEC}"
    return _whole(source, folder, form, document, came)


def way(name: str, section: str) -> Direction:
    """Give the way of a requirements document."""
    return Direction(
        split=split_requirements,
        write=lambda parts: as_openspec(parts, name, section=section),
        split_target=split_spec,
        write_back=lambda parts: as_kiro(parts, name),
    )


def _whole(source: Source, folder: RelPath, form: Form, document: str, came: Record | None) -> Converted:
    """Convert the requirements to one main spec, or to one delta that adds them."""
    raw = source.files.get(REQUIREMENTS, b"")
    text = normalised(raw)
    files = {name: body for name, body in source.files.items() if name != REQUIREMENTS}
    for name, body in came.held if came else ():
        files[name] = base64.b64decode(body)
    held = tuple((name, base64.b64encode(files.pop(name)).decode()) for name in sorted(files) if _clashes(name, form))
    section = _ADDED if form is Form.CHANGE else _MAIN
    name = source.name if form is Form.CAPABILITY else base_name(document.removesuffix(f"/{SPEC}"))
    found = Turned(text="")
    is_plain = form is Form.CHANGE and came is None and all(part.kind is not PartKind.REQUIREMENT for part in split_requirements(text))
    if is_plain and REQUIREMENTS in source.files:
        files[REQUIREMENTS] = raw
    elif text.strip() or (came and REQUIREMENTS in source.files):
        found = turned(REQUIREMENTS, text, way(name, section), came.wordings() if came else {})
        files[document] = written(found.text, _encoding(came, document))
    elif REQUIREMENTS in source.files:
        held = (*held, (REQUIREMENTS, base64.b64encode(raw).decode()))
    made = _made(source, files, has_delta=document in files) if form is Form.CHANGE and came is None else {}
    record = Record(
        origin=source.folder,
        form=Form.KIRO.value,
        document=REQUIREMENTS,
        made=tuple(made),
        encodings=(encoding_of(REQUIREMENTS, raw),),
        kept=found.kept,
        held=held,
    )
    files |= made
    return Converted(
        source=source,
        form=form,
        folder=folder,
        files=files,
        record=finished(record, source, files),
        losses=found.losses,
        alone={REQUIREMENTS: found.alone} if found.text else {},
        notes=(*_notes(source, text), *(_renamed(source, text) if section == _MAIN and found.text else ())),
    )


def _clashes(name: str, form: Form) -> bool:
    """Tell whether a file of Kiro's would mean something else in OpenSpec."""
    taken = {SPEC} if form is Form.CAPABILITY else {_PROPOSAL, _META}
    return name in taken or (form is Form.CHANGE and name.startswith("specs/")) or name.endswith(f"/{SPEC}")


def _encoding(came: Record | None, name: str) -> Encoding:
    return next((one for one in came.encodings if one.file == name), Encoding(file=name)) if came else Encoding(file=name)


def _made(source: Source, files: dict[str, bytes], *, has_delta: bool) -> dict[str, bytes]:
    """Write what a change has and a Kiro spec has not: a proposal, and where nothing is added the mark that says so."""
    found: dict[str, bytes] = {}
    if _PROPOSAL not in files:
        count = len(split_requirements(normalised(source.files.get(REQUIREMENTS, b"")))) - 2
        what = f"Adds {counted(count, 'requirement')} to `{source.name}`." if has_delta else "Changes no requirement."
        found[_PROPOSAL] = (
            f"# Proposal\n\n## Why\n\nThe spec `{source.name}` describes work that was planned with requirements, a design and tasks of its own.\n\n"
            f"## What Changes\n\n- {what}\n\n## Impact\n\n- See design.md and tasks.md where they exist.\n"
        ).encode()
    if not has_delta:
        found[_META] = b"schema: spec-driven\nskip_specs: true\n"
    return found


def _notes(source: Source, text: str) -> tuple[Note, ...]:
    """Name what OpenSpec demands and the source does not have."""
    path = f"{source.folder}/{REQUIREMENTS}"
    found = []
    if not text.strip():
        found.append(Note(path=path, line=1, text="there are no requirements to convert"))
    parts = split_requirements(text) if text.strip() else ()
    if text.strip() and not any(part.kind is PartKind.REQUIREMENT for part in parts):
        found.append(
            Note(
                path=path,
                line=1,
                text="no requirement is found in it; as a capability OpenSpec will not take it, beside a change it stays as it is",
            )
        )
    said = "a requirement without criterion; OpenSpec demands a scenario, so one stands for its text"
    found += [
        Note(path=path, line=part.line, text=said)
        for part in parts
        if part.kind is PartKind.REQUIREMENT and not read_requirement(part.text).scenarios
    ]
    return tuple(found)


def _renamed(source: Source, text: str) -> tuple[Note, ...]:
    """Name the headings that get another name, because OpenSpec would take them for the section of the requirements or the purpose."""
    head, rows = split_requirements(text)[0].text, text.split("\n")
    path = f"{source.folder}/{REQUIREMENTS}"
    return tuple(
        Note(
            path=path,
            line=at + 1,
            text=f"OpenSpec would take `{rows[at].strip()}` for the section of that name: it is called `{instead}` there",
        )
        for at, instead in renamed_headings(head, source.name)
    )


def _change_again(source: Source, folder: RelPath, came: Record) -> Converted:
    """Put the deltas of a change together again."""
    text = normalised(source.files.get(REQUIREMENTS, b""))
    current = [part for part in split_requirements(text) if part.kind is PartKind.REQUIREMENT]
    files = {name: body for name, body in source.files.items() if name != REQUIREMENTS}
    for name, body in came.held:
        files[name] = base64.b64decode(body)
    whole = {one.file: one.text for one in came.kept if one.key == key_of(text)}
    texts = whole or _rebuilt(came, current)
    notes = [
        Note(path=f"{source.folder}/{REQUIREMENTS}", line=part.line, text="this requirement belongs to no delta of the change yet")
        for part in ([] if whole else current)
    ]
    for name, delta in texts.items():
        files[name] = written(delta, _encoding(came, name))
    record = Record(origin=source.folder, form=Form.KIRO.value, encodings=(encoding_of(REQUIREMENTS, source.files.get(REQUIREMENTS, b"")),))
    return Converted(
        source=source, form=Form.CHANGE, folder=folder, files=files, record=finished(record, source, files), notes=tuple(notes)
    )


def _rebuilt(came: Record, current: list[Part]) -> dict[str, str]:
    """Put requirements between what stood around them; what is left of `current` has no place yet and comes last."""
    wordings = {key: list(texts) for key, texts in came.wordings().items()}
    found: dict[str, list[str]] = {}
    for slot in came.slots:
        pieces = found.setdefault(slot.file, [])
        pieces.append(slot.text)
        if slot.key and (part := _taken(current, slot)) is not None:
            kept = wordings.get(key_of(part.text)) or []
            pieces.append(kept.pop(0) if kept else block_of(bare(part.text), end=""))
    if found and current:
        last = found[next(reversed(found))]
        last += (f"\n{_ADDED}\n\n{block_of(bare(part.text))}" for part in current)
    return {name: "".join(pieces) for name, pieces in found.items()}


def _taken(current: list[Part], slot: Slot) -> Part | None:
    """Take the requirement that a slot waits for: the same text, else the same title."""
    at = next((at for at, part in enumerate(current) if key_of(part.text) == slot.key), None)
    if at is None:
        at = next((at for at, part in enumerate(current) if bare(part.text).name == slot.title), None)
    return None if at is None else current.pop(at)
