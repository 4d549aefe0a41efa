"""Plans and makes the changes to the files that other tools use Setsquare through: install, update, remove.

What people edited stays unless it is forced, and then its bytes are kept beside it; what Setsquare did not make is never written or deleted.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from typing import assert_never

from msgspec import Struct

from setsquare.agent.tools.wording import plain
from setsquare.errors import Refused, StalePlan
from setsquare.integrations.block import with_block, without_block
from setsquare.integrations.stamp import FileState
from setsquare.integrations.tool import Kind, Tool
from setsquare.integrations.tools import TOOLS
from setsquare.integrations.validating import problems
from setsquare.journeys.app import App
from setsquare.journeys.opening import opened
from setsquare.journeys.previewing import Change, preview
from setsquare.journeys.skill_files import Ground, SkillFile, in_use, installed, sharing, skill_files
from setsquare.journeys.trusting import Trusted, grant, view
from setsquare.ports.approver import Answer, Question
from setsquare.text.counted import counted
from setsquare.text.document import encode
from setsquare.text.paths import RelPath
from setsquare.text.plan import FileChange, Plan, creation, digest, removal, replacement


class Deed(enum.Enum):
    """What happens to a file."""

    WRITTEN = "written"
    REWRITTEN = "rewritten"
    REMOVED = "removed"
    UNCHANGED = "unchanged"
    KEPT = "kept"


class Outcome(enum.Enum):
    """How a plan ended: made, shown to nobody who could say yes, declined, or without anything to do."""

    APPLIED = "applied"
    PROPOSED = "proposed"
    DECLINED = "declined"
    NOTHING = "nothing"


class Step(Struct, frozen=True, kw_only=True):
    """What is planned for one file: `new` its bytes after, `None` for none; `backup` where the old ones go; `why` a file is kept."""

    file: SkillFile
    deed: Deed
    new: bytes | None = None
    backup: RelPath | None = None
    why: str = ""


class Planned(Struct, frozen=True, kw_only=True):
    """A plan for all files, with what it would change as a diff, and how edited files that stay differ from what would be written."""

    steps: tuple[Step, ...]
    plan: Plan
    diff: str
    edits: str = ""

    @property
    def has_changes(self) -> bool:
        """Tell whether anything is to be written or removed."""
        return bool(self.plan.changes)

    @property
    def in_the_way(self) -> tuple[Step, ...]:
        """List the files that cannot be written because something else stands there."""
        return tuple(step for step in self.steps if step.deed is Deed.KEPT and step.file.state is FileState.FOREIGN)


def planned_install(ground: Ground, tools: Iterable[Tool], kinds: frozenset[Kind], *, is_forced: bool) -> Planned:
    """Plan that every file of the tools stands as this version writes it.

    Raises:
        Refused: a symbolic link leads out of the workspace.
    """
    files = tuple(file for file in skill_files(ground, tools) if file.form.kind in kinds)
    return _planned(ground, "Install skills and commands", tuple(_kept_current(ground, file, is_forced=is_forced) for file in files))


def planned_update(ground: Ground, tools: Iterable[Tool], *, is_forced: bool) -> Planned:
    """Plan that the files of what is installed stand as this version writes them; what is not installed stays so.

    Raises:
        Refused: a symbolic link leads out of the workspace.
    """
    files = skill_files(ground, tools)
    forms = installed(files)
    steps = tuple(_kept_current(ground, file, is_forced=is_forced) for file in files if file.form.path in forms)
    return _planned(ground, "Update skills and commands", steps)


def planned_removal(ground: Ground, tools: Iterable[Tool]) -> Planned:
    """Plan that the files of the tools go, as far as Setsquare made them, nobody edited them, and no other tool here reads them."""
    named = {tool.id for tool in tools}
    others = {tool.id for tool in TOOLS if tool.id not in named and in_use(ground, tool)}
    readers = sharing(TOOLS)
    steps = []
    for file in skill_files(ground, tools):
        if file.is_ours:
            left = [name for name in readers[file.form.path] if name in others]
            steps.append(_removed(file, left))
    return _planned(ground, "Remove skills and commands", tuple(steps))


def carry_out(app: App, planned: Planned, again: Callable[[], Planned], *, is_sure: bool) -> tuple[Planned, Outcome]:
    """Ask, unless a person said before that they want it, then make the changes, all or none.

    Where somebody else made the same changes meanwhile nothing is left to do. Trust in the workspace goes on where it held and nothing but
    these files became different.

    Raises:
        StalePlan: a file is not as it was shown.
        StorageFailed: a file cannot be written; none was.
    """
    if not planned.has_changes:
        return planned, Outcome.NOTHING
    if not is_sure:
        title = f"{planned.plan.title}: change {counted(len(planned.plan.changes), 'file')}?"
        question = Question(kind="apply", title=title, shown=plain(encode(planned.diff)))
        verdict = app.approver.ask(question)
        if verdict.answer is not Answer.YES or verdict.digest != question.digest:
            return planned, Outcome.DECLINED if verdict.answer is Answer.NO else Outcome.PROPOSED
    was_trusted = view(app, opened(app, is_overview=True)).standing is Trusted.YES
    try:
        app.files.apply(planned.plan)
    except StalePlan:
        now = again()
        if now.has_changes:
            raise
        return now, Outcome.NOTHING
    if was_trusted:
        _go_on_trusting(app, planned)
    return planned, Outcome.APPLIED


def _go_on_trusting(app: App, planned: Planned) -> None:
    workspace = opened(app, is_overview=True)
    current = view(app, workspace)
    written = {step.file.real: digest(step.new) for step in planned.steps if step.new is not None}
    gone = {step.file.real for step in planned.steps if step.deed is Deed.REMOVED and step.new is None}
    is_ours = all(written.get(file.path) == file.digest for file in current.files if file.is_new)
    if is_ours and gone.issuperset(current.removed):
        grant(app, workspace)


def _kept_current(ground: Ground, file: SkillFile, *, is_forced: bool) -> Step:
    """Plan that one file stands as it should."""
    if file.leads_out:
        raise Refused(
            f"{file.path} cannot be written: {file.reason}.", "Make it a folder of the workspace, or leave the tool out: --tools."
        )
    match file.state:
        case FileState.CURRENT:
            return Step(file=file, deed=Deed.UNCHANGED)
        case FileState.MISSING:
            return Step(file=file, deed=Deed.WRITTEN, new=_bytes(file, ground.version))
        case FileState.OUTDATED:
            return Step(file=file, deed=Deed.REWRITTEN, new=_bytes(file, ground.version))
        case FileState.OBSOLETE:
            return Step(file=file, deed=Deed.REMOVED)
        case FileState.FOREIGN:
            return Step(file=file, deed=Deed.KEPT, why=file.reason)
        case FileState.EDITED | FileState.NEWER:
            if file.wanted is None or not is_forced:
                why = "somebody edited it" if file.state is FileState.EDITED else f"version {file.written_by} wrote it"
                return Step(file=file, deed=Deed.KEPT, why=why)
            return Step(file=file, deed=Deed.REWRITTEN, new=_bytes(file, ground.version), backup=_free_name(ground, file.real))
        case other:
            assert_never(other)


def _removed(file: SkillFile, readers: list[str]) -> Step:
    """Plan that one file goes."""
    if file.state is FileState.EDITED:
        return Step(file=file, deed=Deed.KEPT, why="somebody edited it")
    if readers:
        return Step(file=file, deed=Deed.KEPT, why=f"{', '.join(readers)} reads it, too: name it with --tools")
    left = without_block(file.raw) if file.form.kind is Kind.BLOCK and file.raw is not None else None
    return Step(file=file, deed=Deed.REMOVED, new=left)


def _bytes(file: SkillFile, version: str) -> bytes:
    """Give the bytes to write, with the line ends of the file that stands there."""
    if file.wanted is None:
        return b""
    if file.form.kind is Kind.BLOCK:
        return with_block(file.raw, file.wanted.text, version)
    raw = file.wanted.text.encode()
    return raw.replace(b"\n", b"\r\n") if file.raw is not None and b"\r\n" in file.raw else raw


def _free_name(ground: Ground, path: RelPath) -> RelPath:
    """Find a name for the old bytes that no tool reads as a skill or command."""
    name, number = RelPath(f"{path}.bak"), 1
    while ground.files.exists(name):
        number += 1
        name = RelPath(f"{path}.bak{number}")
    return name


def _planned(ground: Ground, title: str, steps: tuple[Step, ...]) -> Planned:
    """Make one plan of all steps, once every file that it writes is as its tool documents it.

    Raises:
        Refused: a file would not be; that is a defect, and nothing is written.
    """
    for step in steps:
        wrong = problems(step.file.wanted) if step.new is not None and step.file.wanted is not None else ()
        if wrong:
            raise Refused(f"{step.file.path} would not be as its tool reads it: {'; '.join(wrong)}.", "This is a defect; please report it.")
    changed = [step for step in steps if step.deed in (Deed.WRITTEN, Deed.REWRITTEN, Deed.REMOVED)]
    shown = [Change(source=step.file.real, target=step.file.real, old=step.file.raw, new=step.new) for step in changed]
    edited = [
        Change(source=step.file.real, target=step.file.real, old=_bytes(step.file, ground.version), new=step.file.raw)
        for step in steps
        if step.deed is Deed.KEPT and step.file.state is FileState.EDITED and step.file.wanted is not None
    ]
    return Planned(
        steps=steps,
        plan=Plan(title, tuple(change for step in changed for change in _changes(step))),
        diff=preview(shown),
        edits=preview(edited),
    )


def _changes(step: Step) -> tuple[FileChange, ...]:
    old, path = step.file.raw, step.file.real
    if old is None:
        return (creation(path, step.new or b""),)
    kept = (creation(step.backup, old),) if step.backup is not None else ()
    return (*kept, removal(path, old) if step.new is None else replacement(path, old, step.new))
