"""Archives a change: judge it, build every spec in memory, judge those, then write and move everything or nothing.

Source: `openspec archive` 1.13.2, observed from outside.
"""

from __future__ import annotations

from datetime import datetime

from setsquare.journeys.openspec_admitting import kept_out
from setsquare.journeys.openspec_archive_checks import (
    ARCHIVE,
    bases_unread,
    led_out,
    misnamed,
    misplaced,
    not_carried_out,
    refusal,
    unexpanded,
)
from setsquare.journeys.openspec_archive_records import records_beside
from setsquare.journeys.openspec_archive_steps import (
    Archived,
    ArchiveRefused,
    Cancelled,
    DeltaErrors,
    LeaveTasks,
    MergeFailed,
    Misbuilt,
    Outcome,
    ProposalDoubts,
    Request,
    SkipValidation,
    SpecsNamed,
    SpecsSkipped,
    SpecWritten,
    Summed,
    Talk,
    TasksLeft,
    TasksStand,
    Unanswered,
    Unvalidated,
    UpdateSpecs,
)
from setsquare.journeys.openspec_building import UNBUILT, Built, Misfit, build, judged
from setsquare.journeys.openspec_expanding import expanded
from setsquare.journeys.openspec_following import following
from setsquare.journeys.openspec_items import CHANGES, SPECS, namespace_message, nested_changes
from setsquare.journeys.openspec_reading import Reading
from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.archive_place import ArchivePlace, ArchivePlan
from setsquare.ports.planning import EntryKind
from setsquare.spec.openspec.bases import Base
from setsquare.spec.openspec.issue import Issue, Level
from setsquare.spec.openspec.validating_change import change_issues
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath, joined
from setsquare.text.plan import Digest
from setsquare.workspace.openspec.model import Change
from setsquare.workspace.openspec.schema import BUILT_IN

_SECTION = LazyPattern(r"(?mai)^##\s+(?:ADDED|MODIFIED|REMOVED|RENAMED)\s+Requirements\s*$")
"""A delta section, in a fence too: a delta that shows one there is judged, and found to hold none."""

_DATED = LazyPattern(r"(?a)\d{4}-\d{2}-\d{2}-")


def archive(app: PlanningApp, root: str, place: ArchivePlace, request: Request, talk: Talk) -> Outcome:
    """Archive one change of a root, telling and asking as it goes.

    Raises:
        setsquare.errors.StorageFailed: the disk refuses; everything is as it was before, or the next command will put it so.
    """
    return _Archiving(app, root, place, request, talk).outcome()


class _Archiving:
    """One archive on its way."""

    def __init__(self, app: PlanningApp, root: str, place: ArchivePlace, request: Request, talk: Talk) -> None:
        self._app, self._root, self._place = app, root, place
        self._request, self._talk = request, talk
        self._name = request.name
        self._path = joined(CHANGES, request.name)

    def outcome(self) -> Outcome:
        """Go through all steps."""
        refused = misplaced(self._place, self._root) or misnamed(self._app, self._place, self._root, self._name)
        if refused:
            return refused
        reading = Reading(self._app, self._root)
        entries = self._app.planning.walk(self._root, self._path)
        nested = nested_changes(self._name, entries)
        if nested:
            told = f"Cannot archive '{self._name}': {namespace_message(self._name, nested)}"
            fix = f"Rename {', '.join(f'{CHANGES}/{path}/' for path in nested)} to a flat change directory, then archive it."
            return refusal("archive_change_is_namespace_folder", told, fix)
        inputs = self._place.inputs(self._path)
        change = reading.change(self._path, entries)
        whole = expanded(self._app, self._root, reading, change)
        change = whole.change
        refused = led_out(self._place, self._root, change)
        if refused is None and not self._request.is_rehearsal:
            refused = kept_out(self._app, self._root, self._name)
        refused = refused or unexpanded(whole.problems)
        return refused or self._judged(reading, change) or self._archived(change, inputs)

    def _judged(self, reading: Reading, change: Change) -> Outcome | None:
        """Judge the proposal, the deltas and the tasks; `None` when the archive may go on."""
        if self._request.is_validated:
            # Without main specs nothing is compared with them, which the merge does itself.
            issues = change_issues(change, {}, has_numbered_groups=reading.schema_of(change) is BUILT_IN)
            if self._talk.is_heard:
                self._doubt(reading, change, issues)
            refused = self._invalid(change, issues)
            if refused:
                return refused
        else:
            if not self._request.is_yes:
                answer = self._talk.ask(SkipValidation())
                if not answer:
                    return Unanswered(SkipValidation()) if answer is None else Cancelled()
            folder = f"{self._root}/{self._path}"
            self._talk.tell(Unvalidated(self._name, folder, self._app.clock.now(), not self._request.is_yes))
        return self._unfinished(change)

    def _doubt(self, reading: Reading, change: Change, issues: tuple[Issue, ...]) -> None:
        """Tell what the proposal lacks."""
        path = joined(self._path, "proposal.md")
        text = reading.text(path)
        if not isinstance(text, str):
            return
        from setsquare.spec.openspec.proposal_doubts import proposal_doubts  # noqa: PLC0415  (start-up: a program does not ask)
        from setsquare.workspace.openspec.proposal import read_proposal  # noqa: PLC0415

        doubts = proposal_doubts(read_proposal(path, text, self._name), change, issues)
        if doubts:
            self._talk.tell(ProposalDoubts(doubts))

    def _invalid(self, change: Change, issues: tuple[Issue, ...]) -> ArchiveRefused | None:
        """Refuse deltas in error; a change that has nothing to judge is not judged."""
        has_marker = any(issue.path == ".openspec.yaml" for issue in issues) or (change.metadata and change.metadata.skips_specs)
        has_delta = (
            any(_SECTION.search(delta.text) for delta in change.deltas)
            or change.strays
            or joined(change.path, "specs/spec.md") in change.files
        )
        if not (has_delta or has_marker) or not any(issue.level is Level.ERROR for issue in issues):
            return None
        self._talk.tell(DeltaErrors(tuple(issue for issue in issues if issue.level is not Level.INFO)))
        fix = f"Run openspec validate {self._name} for details, fix the errors, or rerun with --no-validate."
        return refusal("archive_validation_failed", f"Validation failed for change '{self._name}'.", fix, is_told=True)

    def _unfinished(self, change: Change) -> Outcome | None:
        """Ask about open tasks."""
        marks = [task.is_done for tasks in change.tasks for task in tasks.tasks]
        self._talk.tell(TasksStand(sum(marks), len(marks)))
        left = len(marks) - sum(marks)
        if not left:
            return None
        if self._request.is_yes:
            self._talk.tell(TasksLeft(left))
            return None
        answer = self._talk.ask(LeaveTasks(left))
        if answer is None:
            return Unanswered(LeaveTasks(left))
        return None if answer else Cancelled()

    def _archived(self, change: Change, inputs: tuple[tuple[RelPath, Digest], ...]) -> Outcome:
        """Find a name, build the specs, and carry it all out."""
        archived_as = self._name if _DATED.match(self._name) else f"{self._today()}-{self._name}"
        target = joined(ARCHIVE, archived_as)
        if self._place.spot(ARCHIVE).kind not in (None, EntryKind.FOLDER):
            return refusal("archive_error", f"ENOTDIR: not a directory, lstat '{self._root}/{target}'")
        if self._place.spot(target).kind is not None:
            return refusal("archive_target_exists", f"Archive '{archived_as}' already exists.")
        built = self._built(change)
        if not isinstance(built, Built):
            return built
        writes = built.writes
        if not self._request.is_rehearsal:
            writes += records_beside(self._app, self._root, self._place, change, built, archived_as)
            writes += following(self._app, self._root, self._place, self._path, target)
        plan = ArchivePlan(change=self._name, source=self._path, target=target, writes=writes, inputs=inputs)
        answer = self._place.carry_out(plan)
        if answer is not None:
            return not_carried_out(self._root, plan, answer)
        self._tell_of(built)
        return Archived(
            change=self._name,
            archived_as=archived_as,
            path=f"{self._root}/{target}",
            is_updated=bool(built.writes),
            totals=built.totals,
            warnings=built.warnings,
        )

    def _built(self, change: Change) -> Built | Outcome:
        """Build the specs and ask whether they may be written; nothing is built where there is nothing to."""
        if self._request.skips_specs:
            self._talk.tell(SpecsSkipped(was_asked=False))
            return Built()
        if not change.deltas:
            return Built()
        bases = self._bases(change)
        if isinstance(bases, ArchiveRefused):
            return bases
        built = build(self._app, self._root, self._place, change, bases)
        spots = {delta.capability: self._place.spot(joined(SPECS, delta.capability, "spec.md")) for delta in change.deltas}
        named = SpecsNamed(tuple((name, spot.kind is None) for name, spot in spots.items()), built.warnings)
        self._talk.tell(named)
        if not self._request.is_yes:
            answer = self._talk.ask(UpdateSpecs(len(named.specs)))
            if answer is None:
                return Unanswered(UpdateSpecs(len(named.specs)))
            if not answer:
                self._talk.tell(SpecsSkipped(was_asked=True))
                return Built()
        match built:
            case Misfit():
                if built.code == UNBUILT:
                    self._talk.tell(MergeFailed(built.message))
                return refusal(built.code, built.message, built.fix, is_told=built.code == UNBUILT)
            case Built():
                return self._sound(built, change)

    def _bases(self, change: Change) -> tuple[Base, ...] | ArchiveRefused:
        """Find what the requirements said when the change was written; nothing where the deltas are to replace whatever stands there."""
        if self._request.overwrites or not any(delta.modified or delta.removed for delta in change.deltas):
            return ()
        from setsquare.journeys.openspec_bases import UnreadBases, bases_of  # noqa: PLC0415  (start-up: most changes only add)

        found = bases_of(self._app, self._root, change.id, change.deltas)
        return bases_unread(found.path, found.line) if isinstance(found, UnreadBases) else found

    def _sound(self, built: Built, change: Change) -> Built | ArchiveRefused:
        """Judge the built specs; the first that is not valid refuses the archive. A spec that may be retired goes."""
        if not self._request.is_validated:
            return built
        sound = judged(built, change.metadata)
        if isinstance(sound, Built):
            return sound
        self._talk.tell(Misbuilt(sound.capability, sound.issues, sound.advice))
        told = f"Rebuilt spec for '{sound.capability}' failed validation. No files were changed."
        fix = sound.advice or f"Run openspec validate {sound.capability} after fixing the change deltas."
        return refusal("archive_spec_validation_failed", told, fix, is_told=True)

    def _tell_of(self, built: Built) -> None:
        """Tell what was written."""
        if built.totals is None:
            return
        for spec in built.specs:
            if spec.write is not None and not spec.is_retired:
                self._talk.tell(SpecWritten(spec.write.path, spec.merged.totals))
        for spec in built.specs:
            if spec.write is not None and spec.is_retired:
                self._talk.tell(SpecWritten(spec.write.path, None))
        self._talk.tell(Summed(built.totals, bool(built.writes)))

    def _today(self) -> str:
        """Give the date where this machine is."""
        return datetime.fromisoformat(self._app.clock.now()).astimezone().strftime("%Y-%m-%d")
