"""Migrates a repository: finds, plans, shows, asks, writes, and takes back."""

from __future__ import annotations

import enum
from collections.abc import Callable

from msgspec import Struct

from setsquare.agent.tools.wording import plain
from setsquare.errors import StalePlan, Usage
from setsquare.journeys.app import App
from setsquare.journeys.migrating import Planner, Step, edits_of, plan_of, record_of, still_read
from setsquare.journeys.migration_files import Finds, FoundFile, found_files
from setsquare.journeys.migration_guidance import Told, compared, told
from setsquare.journeys.migration_records import Restoring, recorded, records_of, restoring, take_back
from setsquare.journeys.skill_files import Ground
from setsquare.migrate.contradictions import Contradiction
from setsquare.migrate.dialects.registry import DIALECTS, dialect_of
from setsquare.migrate.doubles import Double
from setsquare.migrate.guidance import LeftOut, Note, Problem
from setsquare.migrate.instructions.registry import SOURCES, owner
from setsquare.migrate.openspec_cleaning import is_legacy, legacy_files
from setsquare.migrate.record import Record, number_of, past
from setsquare.ports.approver import Answer, Question
from setsquare.text.counted import counted
from setsquare.text.document import decode, encode
from setsquare.text.paths import RelPath
from setsquare.text.plan import Plan, digest

OPENSPEC = "openspec"
KIRO = "kiro"
SOURCE_IDS = (*(source.id for source in SOURCES), OPENSPEC, *(dialect.id for dialect in DIALECTS))
"""What `--from` takes, besides `kiro` for all of Kiro's older files and the path of one file."""


class Outcome(enum.Enum):
    """How it ended: made, shown to nobody who could say yes, declined, or without anything to do."""

    APPLIED = "applied"
    PROPOSED = "proposed"
    DECLINED = "declined"
    NOTHING = "nothing"


class Migration(Struct, frozen=True, kw_only=True):
    """All that a migration would do, and what a person should know before."""

    sources: tuple[str, ...]
    steps: tuple[Step, ...]
    plan: Plan
    diff: str
    edits: str
    record: Record
    last: int
    left_out: tuple[LeftOut, ...]
    notes: tuple[Note, ...]
    problems: tuple[Problem, ...]
    doubles: tuple[Double, ...]
    contradictions: tuple[Contradiction, ...]


def planned_migration(ground: Ground, wanted: str) -> Migration:
    """Plan a migration from all sources, or from one: a tool's name or a file's path.

    Raises:
        Usage: there is no such source.
        Refused: a record of an earlier migration is damaged, or a link leads out where a file is to be written.
        StorageFailed: a file cannot be read.
    """
    finds = found_files(ground)
    records = records_of(ground.files, finds.records)
    chosen = _chosen(finds, wanted)
    digests: dict[str, str] = {file.path: digest(file.raw) for file in chosen}
    planner = Planner(ground, past(kept.record for kept in records), digests)
    every, notes, problems = _told(ground, () if wanted == OPENSPEC else chosen)
    for one in every:
        planner.steer(one)
    problems += _turn(planner, chosen, notes, wanted)
    if wanted in ("", OPENSPEC):
        _clean(planner, finds)
    steps = planner.steps
    plan, diff = plan_of(steps)
    doubled, against = compared(ground, every, frozenset(step.path for step in steps))
    is_one = bool(wanted)
    found_notes = tuple(note for note in finds.notes if not is_one or _is_chosen(note.path, wanted))
    found_problems = tuple(problem for problem in finds.problems if not is_one or _is_chosen(problem.path, wanted))
    return Migration(
        sources=tuple(digests),
        steps=steps,
        plan=plan,
        diff=diff,
        edits=edits_of(steps),
        record=record_of(steps, digests),
        last=max((number_of(path) or 0 for path in finds.records), default=0),
        left_out=tuple(left for one in every for left in one.left_out),
        notes=(*found_notes, *notes, *(note for one in every for note in one.notes), *still_read(steps, every)),
        problems=(*found_problems, *problems),
        doubles=doubled,
        contradictions=against,
    )


# req: openspec-interop/5.1
def carry_out(app: App, planned: Migration, again: Callable[[], Migration], *, is_sure: bool) -> tuple[Migration, Outcome]:
    """Ask, unless a person said before that they want it, then make the changes, all or none, with a record that takes them back.

    Raises:
        StalePlan: a file is not as it was shown.
        StorageFailed: a file cannot be written; none was.
    """
    if not planned.plan.changes:
        return planned, Outcome.NOTHING
    title = f"Migrate: change {counted(len(planned.plan.changes), 'file')}?"
    answer = Answer.YES if is_sure else _asked(app, title, planned.diff)
    if answer is not Answer.YES:
        return planned, Outcome.DECLINED if answer is Answer.NO else Outcome.PROPOSED
    try:
        recorded(app.files, planned.plan, planned.record, planned.last)
    except StalePlan:
        now = again()
        if now.plan.changes:
            raise
        return now, Outcome.NOTHING
    return planned, Outcome.APPLIED


def planned_undo(ground: Ground) -> Restoring | None:
    """Plan to take the last migration back; `None` where there is none.

    Raises:
        Refused: its record is damaged.
        StorageFailed: a file cannot be read.
    """
    records = records_of(ground.files, ground.files.guarded(lambda path: number_of(path) is not None))
    return restoring(ground.files, records[-1]) if records else None


def undo(app: App, planned: Restoring, *, is_sure: bool) -> Outcome:
    """Ask, unless a person said before that they want it, then put every file back.

    Raises:
        Refused: somebody edited a file since.
        StalePlan: a file is not as it was shown.
        StorageFailed: a file cannot be written.
    """
    if not is_sure and not planned.edited:
        answer = _asked(app, f"Undo the migration: change {counted(len(planned.restored), 'file')}?", planned.diff)
        if answer is not Answer.YES:
            return Outcome.DECLINED if answer is Answer.NO else Outcome.PROPOSED
    take_back(app.files, planned)
    return Outcome.APPLIED


def _asked(app: App, title: str, diff: str) -> Answer:
    question = Question(kind="apply", title=title, shown=plain(encode(diff)))
    verdict = app.approver.ask(question)
    if verdict.answer is Answer.YES and verdict.digest != question.digest:
        return Answer.ABSENT
    return verdict.answer


def _is_chosen(path: str, wanted: str) -> bool:
    source, dialect = owner(path), dialect_of(path)
    names = (path, source.id if source else "", dialect.id if dialect else "", KIRO if dialect else "", OPENSPEC if is_legacy(path) else "")
    return wanted in names


def _chosen(finds: Finds, wanted: str) -> tuple[FoundFile, ...]:
    """Keep the files that a person wants to migrate."""
    if not wanted:
        return finds.files
    chosen = tuple(file for file in finds.files if _is_chosen(file.path, wanted))
    named = (*(note.path for note in finds.notes), *(problem.path for problem in finds.problems))
    is_known = wanted in (*SOURCE_IDS, KIRO) or any(_is_chosen(path, wanted) for path in named)
    if not chosen and not is_known:
        raise Usage(f"There is nothing to migrate from {wanted!r}.", f"Sources: {', '.join(SOURCE_IDS)}, {KIRO}, or the path of a file.")
    return chosen


def _told(ground: Ground, files: tuple[FoundFile, ...]) -> tuple[list[Told], list[Note], list[Problem]]:
    """Read the instruction files, in the order in which their text is preferred."""
    every: list[Told] = []
    notes: list[Note] = []
    problems: list[Problem] = []
    for source in SOURCES:
        for file in sorted((file for file in files if owner(file.path) is source), key=lambda file: (file.path.count("/"), file.path)):
            match told(ground, file, source):
                case Told() as one if (twin := _twin(one, every)) is not None:
                    notes.append(Note(path=file.path, text=f"it says word for word what {twin.guidance.path} says: written once"))
                case Told() as one:
                    every.append(one)
                case Note() as note:
                    notes.append(note)
                case Problem() as problem:
                    problems.append(problem)
    return every, notes, problems


def _twin(one: Told, every: list[Told]) -> Told | None:
    """Find a file read before that says the same, for the same files of the workspace."""
    wanted = one.guidance
    return next(
        (
            other
            for other in every
            if other.guidance.body == wanted.body
            and (other.guidance.inclusion, other.guidance.patterns) == (wanted.inclusion, wanted.patterns)
            and other.guidance.references == wanted.references
        ),
        None,
    )


def _turn(planner: Planner, files: tuple[FoundFile, ...], notes: list[Note], wanted: str) -> list[Problem]:
    """Plan the current form of Kiro's older files."""
    problems: list[Problem] = []
    for file in files:
        dialect = dialect_of(file.path)
        if dialect is None or wanted == OPENSPEC:
            continue
        found = dialect.convert(file.path, decode(file.raw))
        if isinstance(found, Problem):
            problems.append(found)
            continue
        for conversion in found:
            planner.convert(conversion, file)
            notes += [Note(path=file.path, text=note) for note in conversion.notes]
    return problems


def _clean(planner: Planner, finds: Finds) -> None:
    """Plan what becomes of OpenSpec's old files."""
    by_path: dict[RelPath, FoundFile] = {file.path: file for file in finds.files if is_legacy(file.path)}
    for legacy in legacy_files({path: file.raw for path, file in by_path.items()}):
        planner.clean(legacy, by_path[legacy.path])
