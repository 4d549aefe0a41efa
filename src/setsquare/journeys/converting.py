"""Plans and makes the conversion of specs between tools; the source stays as it is, and what people edited in the target stays too."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from setsquare.agent.tools.wording import plain
from setsquare.errors import Usage
from setsquare.journeys.app import App
from setsquare.journeys.converting_sources import Aimed, Tool, aimed, root_of, roots_with, sources, unread, unwritable
from setsquare.journeys.previewing import Change, preview
from setsquare.migrate.carried import CARRIED, FileMark, Record, read_page, unticked
from setsquare.migrate.converted import Converted, Form, Note
from setsquare.migrate.kiro_to_openspec import kiro_to_openspec
from setsquare.migrate.openspec_to_kiro import openspec_to_kiro
from setsquare.migrate.proving import Compared, proof
from setsquare.migrate.speckit_to_kiro import CONSTITUTION, constitution_to_steering, speckit_to_kiro
from setsquare.ports.approver import Answer, Question
from setsquare.ports.files import Snapshot
from setsquare.rules.check import check
from setsquare.rules.finding import Severity
from setsquare.spec.openspec.issue import Level
from setsquare.spec.openspec.placing import line_in_spec
from setsquare.spec.openspec.validating_spec import spec_issues
from setsquare.text.counted import counted
from setsquare.text.document import encode
from setsquare.text.paths import RelPath, joined
from setsquare.text.plan import FileChange, Plan, creation, digest, replacement
from setsquare.workspace.load import load
from setsquare.workspace.openspec.main_spec import read_main_spec
from setsquare.workspace.openspec.text import normalised

_BOX = re.compile(rb"(\s*(?:[-*+]|\d+[.)])\s+\[)([ xX~-]?)(\]\s*)(.*)")
_MEMORY = RelPath(".specify/memory/constitution.md")
_STEERING = RelPath(".kiro/steering/constitution.md")
_PAIRS = {(Tool.OPENSPEC, Tool.KIRO), (Tool.KIRO, Tool.OPENSPEC), (Tool.SPECKIT, Tool.KIRO)}


Reader = Callable[[RelPath], bytes | None]
"""Gives a file's bytes by its path from the root that is converted; `None` where there is none."""


class Request(Struct, frozen=True, kw_only=True):
    """What is to be converted; `rewrites` writes Given, When and Then as sentences of EARS.

    `root` is the folder below the workspace's in which the tool's own folder stands, empty for the workspace's; names are relative to it.
    """

    source: Tool
    target: Tool
    names: tuple[str, ...] = ()
    rewrites: bool = False
    root: str = ""


class Deed(enum.Enum):
    """What happens to a file."""

    WRITTEN = "written"
    REWRITTEN = "rewritten"
    UNCHANGED = "unchanged"
    KEPT = "kept"


class Outcome(enum.Enum):
    """How a plan ended: made, shown to nobody who could say yes, declined, or without anything to do."""

    APPLIED = "applied"
    PROPOSED = "proposed"
    DECLINED = "declined"
    NOTHING = "nothing"


class Step(Struct, frozen=True, kw_only=True):
    """One file: its old and new bytes, and why it is kept where it is; `is_foreign` where no conversion made what stands there."""

    path: RelPath
    deed: Deed
    old: bytes | None
    new: bytes
    why: str = ""
    is_foreign: bool = False


class OneSpec(Struct, frozen=True, kw_only=True):
    """The conversion of one spec: `problem` is why there is none; `proof` is empty where the way back is not offered."""

    aimed: Aimed
    converted: Converted | None = None
    steps: tuple[Step, ...] = ()
    proof: tuple[Compared, ...] = ()
    notes: tuple[Note, ...] = ()


class Planned(Struct, frozen=True, kw_only=True):
    """All conversions with the plan, its diff, how edited files that stay differ, and what of the source could not be read.

    `root` is the folder in which was converted, and `elsewhere`, where nothing was found, the folders with such specs; paths are the workspace's.
    """

    specs: tuple[OneSpec, ...]
    steps: tuple[Step, ...]
    plan: Plan
    diff: str
    edits: str = ""
    unread: tuple[tuple[RelPath, str], ...] = ()
    root: str = ""
    elsewhere: tuple[str, ...] = ()

    @property
    def in_the_way(self) -> tuple[RelPath, ...]:
        """Name the files that keep a spec from being written: no conversion made them."""
        return tuple(step.path for step in self.steps if step.is_foreign)


# req: openspec-interop/4.1, openspec-interop/4.2, openspec-interop/4.3
def planned(app: App, request: Request) -> Planned:
    """Convert in memory and plan the files that differ.

    Raises:
        Usage: the two forms do not convert, a name is unknown, or names are of several roots.
    """
    if (request.source, request.target) not in _PAIRS:
        raise Usage(
            f"Specs of {request.source.value} are not converted to {request.target.value}.",
            "Known: openspec to kiro, kiro to openspec, speckit to kiro.",
        )
    snapshot = app.files.snapshot()
    request, files, skipped = _in_root(request, snapshot)

    def read(path: RelPath) -> bytes | None:
        return app.files.read(joined(request.root, path))

    found = aimed(files, sources(files, request.source, request.names), request.target)
    if request.source is Tool.KIRO and not request.names:
        found = tuple(one for one in found if not _is_copy(one, files))
    specs = tuple(_one(read, one, files, request) for one in found)
    if request.target is Tool.KIRO:
        specs = _with_findings(specs)
    steps = [step for one in specs for step in one.steps]
    if request.source is Tool.SPECKIT and _MEMORY in files:
        steps.append(_constitution(read, files))
    specs, steps = tuple(_placed(one, request.root) for one in specs), [_step_in(step, request.root) for step in steps]
    changed = [step for step in steps if step.deed in (Deed.WRITTEN, Deed.REWRITTEN)]
    kept = [step for step in steps if step.deed is Deed.KEPT]
    title = f"Convert {counted(len(specs), 'spec')} from {request.source.value} to {request.target.value}"
    return Planned(
        specs=specs,
        steps=tuple(steps),
        plan=Plan(title, tuple(_change(step) for step in changed)),
        diff=preview(Change(source=step.path, target=step.path, old=step.old, new=step.new) for step in changed),
        edits=preview(Change(source=step.path, target=step.path, old=step.old, new=step.new) for step in kept),
        unread=tuple(
            (joined(request.root, path), reason)
            for path, reason in unread(skipped, request.source, tuple(one.source.folder for one in found) if request.names else ())
        ),
        root=request.root,
        elsewhere=() if found or request.root else roots_with(snapshot.files, request.source),
    )


def _in_root(request: Request, snapshot: Snapshot) -> tuple[Request, Mapping[RelPath, bytes], tuple[tuple[RelPath, str], ...]]:
    """Choose the root that was asked for, or that the names' paths begin with, and give its files by their paths from there.

    Raises:
        Usage: names are of several roots.
    """
    roots = {root_of(name, snapshot.files) for name in request.names} if not request.root else {request.root}
    if len(roots) > 1:
        listed = ", ".join(root or "the workspace's own folder" for root in sorted(roots))
        raise Usage(f"These specs stand in several roots: {listed}.", "Convert those of one root at a time.")
    root = next(iter(roots), "")
    if not root:
        return request, snapshot.files, snapshot.skipped
    names = tuple(name.strip("/").removeprefix(f"{root}/") for name in request.names)
    files = {RelPath(path[len(root) + 1 :]): raw for path, raw in snapshot.files.items() if path.startswith(f"{root}/")}
    skipped = tuple((RelPath(path[len(root) + 1 :]), reason) for path, reason in snapshot.skipped if path.startswith(f"{root}/"))
    return replace(request, root=root, names=names), files, skipped


def _placed(one: OneSpec, root: str) -> OneSpec:
    """Write a conversion's paths from the workspace's folder."""
    if not root:
        return one
    at = one.aimed
    return replace(
        one,
        aimed=replace(at, folder=joined(root, at.folder), source=replace(at.source, folder=joined(root, at.source.folder))),
        steps=tuple(_step_in(step, root) for step in one.steps),
        notes=tuple(replace(note, path=joined(root, note.path)) for note in one.notes),
    )


def _step_in(step: Step, root: str) -> Step:
    return replace(step, path=joined(root, step.path)) if root else step


def _with_findings(specs: tuple[OneSpec, ...]) -> tuple[OneSpec, ...]:
    """Add what `setsquare check` calls an error in the specs that would be written: the other tool did not ask for it."""
    made = {joined(one.aimed.folder, name): raw for one in specs if one.converted for name, raw in one.converted.files.items()}
    workspace = load(made)
    errors = [found for found in check(workspace) if found.severity is Severity.ERROR and found.path in made]
    return tuple(
        replace(
            one,
            notes=(
                *one.notes,
                *(
                    Note(
                        path=found.path, line=made[found.path].count(b"\n", 0, found.span.start) + 1, text=f"{found.code}: {found.message}"
                    )
                    for found in errors
                    if found.path.startswith(f"{one.aimed.folder}/")
                ),
            ),
        )
        for one in specs
    )


def _is_copy(one: Aimed, files: Mapping[RelPath, bytes]) -> bool:
    """Tell whether a Kiro spec came from Spec Kit, whose features stay the source."""
    record = one.source.record
    return record is not None and record.form == Form.SPECKIT.value and f"{record.origin}/spec.md" in files


def _one(read: Reader, one: Aimed, files: Mapping[RelPath, bytes], request: Request) -> OneSpec:
    """Convert one spec and compare it with what stands there."""
    if one.problem:
        return OneSpec(aimed=one, notes=(Note(path=one.source.folder, line=1, text=f"not converted: {one.problem}"),))
    converted = _converted(one, request)
    there = read_page(normalised(raw)) if (raw := files.get(joined(one.folder, CARRIED))) is not None else None
    known = [mark for record in (there,) if record for mark in record.wrote]
    if one.source.record and one.source.record.origin == one.folder:
        known += one.source.record.read
    refused = {name: why for name in sorted(converted.files) if (why := _out_of_place(name))}
    steps = [
        _step(read, joined(one.folder, name), raw, [mark for mark in known if mark.name == name])
        for name, raw in sorted(converted.files.items())
        if name not in refused
    ]
    steps += _page(read, one, converted, there, steps)
    if any(step.is_foreign for step in steps):
        # Half a spec beside a stranger's file would be taken for a whole one.
        steps = [step for step in steps if step.deed is Deed.KEPT]
    judged = proof(converted) if request.source is not Tool.SPECKIT else ()
    return OneSpec(
        aimed=one,
        converted=converted,
        steps=tuple(steps),
        proof=judged,
        notes=(
            *(Note(path=one.source.folder, line=1, text=f"{name} is not written: {why}") for name, why in refused.items()),
            *converted.notes,
            *_issues(one, converted),
            *_stale(one),
        ),
    )


def _out_of_place(name: str) -> str:
    """Say why a file of a spec is not written; a page may name any, and it may be a stranger's."""
    return "the page of a conversion is no part of a spec" if name == CARRIED else unwritable(name)


def _converted(one: Aimed, request: Request) -> Converted:
    match request.source:
        case Tool.KIRO:
            return kiro_to_openspec(one.source, one.folder)
        case Tool.OPENSPEC:
            return openspec_to_kiro(one.source, one.folder, rewrites=request.rewrites)
        case Tool.SPECKIT:
            return speckit_to_kiro(one.source, one.folder, rewrites=request.rewrites)


def _step(read: Reader, path: RelPath, new: bytes, known: Iterable[FileMark]) -> Step:
    """Plan one file: what people wrote since the last conversion stays, but for ticks, which are carried into the new text."""
    old = read(path)
    if old is None:
        return Step(path=path, deed=Deed.WRITTEN, old=None, new=new)
    marks = tuple(known)
    if old != new and any(mark.digest == digest(old) for mark in marks):
        return Step(path=path, deed=Deed.REWRITTEN, old=old, new=new)
    ticked = with_ticks(new, old)
    if old in (new, ticked):
        return Step(path=path, deed=Deed.UNCHANGED, old=old, new=old)
    if any(mark.unticked == digest(unticked(old)) for mark in marks):
        return Step(path=path, deed=Deed.REWRITTEN, old=old, new=ticked)
    why = "somebody edited it since the last conversion" if marks else "it was not made by a conversion"
    return Step(path=path, deed=Deed.KEPT, old=old, new=new, why=why, is_foreign=not marks)


def with_ticks(new: bytes, old: bytes) -> bytes:
    r"""Carry the boxes of the same tasks into a newer text; what is done in either is done.

    >>> with_ticks(b"- [ ] T1 a\n- [ ] T2 b\n", b"- [x] T1 a\n")
    b'- [x] T1 a\n- [ ] T2 b\n'
    >>> with_ticks(b"- [x] T1 a", b"- [ ] T1 a")
    b'- [x] T1 a'
    """
    marks = {_task(found[4]): found[2] for line in old.split(b"\n") if (found := _BOX.match(line))}
    rows = []
    for line in new.split(b"\n"):
        found = _BOX.match(line)
        mark = marks.get(_task(found[4])) if found else None
        rows.append(line if found is None or mark is None or not mark.strip() else found[1] + mark + found[3] + line[found.start(4) :])
    return b"\n".join(rows)


def _task(said: bytes) -> bytes:
    """Name a task: by its id where it begins with one, else by its words."""
    first = said.split(maxsplit=1)[0].strip(b"*.:") if said.split() else b""
    return first if re.fullmatch(rb"(?:T\d+[a-z]?|\d+(?:\.\d+)*)", first) else said.strip()


def _page(read: Reader, one: Aimed, converted: Converted, there: Record | None, steps: list[Step]) -> list[Step]:
    """Plan the page; on a way back that changes nothing and carries nothing there is none."""
    record = converted.record
    path = joined(one.folder, CARRIED)
    old = read(path)
    came = one.source.record
    is_back = came is not None and came.origin == one.folder
    is_quiet = all(step.deed is Deed.UNCHANGED for step in steps)
    if old is None and is_back and is_quiet:
        return []
    if old is not None and there is None:
        return [Step(path=path, deed=Deed.KEPT, old=old, new=converted.page(), why="its record cannot be read", is_foreign=True)]
    if any(step.deed is Deed.KEPT for step in steps) and there is not None:
        earlier = {mark.name: mark for mark in there.wrote}
        kept = {step.path[len(one.folder) + 1 :] for step in steps if step.deed is Deed.KEPT}
        wrote = tuple(earlier[mark.name] if mark.name in kept and mark.name in earlier else mark for mark in record.wrote)
        converted = replace(converted, record=replace(record, wrote=wrote))
    elif any(step.deed is Deed.KEPT for step in steps) and old is None:
        return []
    new = converted.page()
    if old == new:
        return [Step(path=path, deed=Deed.UNCHANGED, old=old, new=new)]
    return [Step(path=path, deed=Deed.WRITTEN if old is None else Deed.REWRITTEN, old=old, new=new)]


def _issues(one: Aimed, converted: Converted) -> list[Note]:
    """Name what OpenSpec's own validation says of a capability that would be written."""
    if converted.form is not Form.CAPABILITY or "spec.md" not in converted.files:
        return []
    path = joined(one.folder, "spec.md")
    main = read_main_spec(one.source.name, path, normalised(converted.files["spec.md"]))
    found: dict[tuple[int, str], Note] = {}
    for issue in spec_issues(main.text):
        if issue.level in (Level.ERROR, Level.WARNING):
            line, said = line_in_spec(main, issue), issue.message.partition("\n")[0].partition(". ")[0]
            note = Note(path=path, line=line, text=f"OpenSpec {issue.level.value.lower()}: {said}")
            # What is an error is often said again as advice: once is enough.
            found.setdefault((line, said), note)
    return list(found.values())


def _stale(one: Aimed) -> list[Note]:
    """Say where a document was edited since it was converted, so that its own wording stands in place of the original's."""
    record = one.source.record
    if record is None or record.origin != one.folder:
        return []
    return [
        Note(
            path=joined(one.source.folder, mark.name),
            line=1,
            text="edited since it was converted: the edited parts go back in the new form's wording",
        )
        for mark in record.wrote
        if mark.name in one.source.files
        and digest(one.source.files[mark.name]) != mark.digest
        and mark.name.endswith(("requirements.md", "spec.md"))
    ]


def _constitution(read: Reader, files: Mapping[RelPath, bytes]) -> Step:
    """Plan the steering file; one that somebody rewrote stays."""
    new = constitution_to_steering(files[_MEMORY], _MEMORY)
    old = read(_STEERING)
    mark = f"<!-- From {_MEMORY}".encode()
    if old is None or old == new:
        return Step(path=_STEERING, deed=Deed.WRITTEN if old is None else Deed.UNCHANGED, old=old, new=new)
    if mark not in old:
        return Step(
            path=_STEERING, deed=Deed.KEPT, old=old, new=new, why=f"{CONSTITUTION} stands there and is not from {_MEMORY}", is_foreign=True
        )
    return Step(
        path=_STEERING, deed=Deed.KEPT, old=old, new=new, why="it differs from the constitution; compare, then delete it to convert it anew"
    )


def _change(step: Step) -> FileChange:
    return creation(step.path, step.new) if step.old is None else replacement(step.path, step.old, step.new)


def carry_out(app: App, made: Planned, *, is_sure: bool) -> Outcome:
    """Ask, unless a person said before that they want it, then write all files or none.

    Raises:
        StalePlan: a file is not as it was shown.
        StorageFailed: a file cannot be written; none was.
    """
    if not made.plan.changes:
        return Outcome.NOTHING
    if not is_sure:
        question = Question(
            kind="apply", title=f"{made.plan.title}: {counted(len(made.plan.changes), 'file')}?", shown=plain(encode(made.diff))
        )
        verdict = app.approver.ask(question)
        if verdict.answer is not Answer.YES or verdict.digest != question.digest:
            return Outcome.DECLINED if verdict.answer is Answer.NO else Outcome.PROPOSED
    app.files.apply(made.plan)
    return Outcome.APPLIED
