"""`setsquare openspec gate`."""

from __future__ import annotations

import click
from msgspec import UNSET, Struct, UnsetType

from setsquare.errors import SetsquareError
from setsquare.journeys.openspec_gating import Gate, Gated, changes_in, gate
from setsquare.journeys.openspec_items import change_ids, nearest
from setsquare.journeys.openspec_rooting import PlanningRoot, RootRefused, chosen_root
from setsquare.journeys.planning_app import PlanningApp
from setsquare.spec.openspec.diagnostic import Diagnostic, error
from setsquare.spec.openspec.issue import Issue
from setsquare.spec.openspec.review_criteria import Reviewed, Verdict
from setsquare.surfaces.cli.openspec.answer import Answer, made
from setsquare.surfaces.cli.openspec.overlap import MeetingShape, meeting_shape
from setsquare.surfaces.cli.openspec.rooted import STORE, RootShape, notes_on, refused, root_shape, told
from setsquare.wire import archive_place, history_at, planning_app

_MARKS = {Verdict.MET: "✓", Verdict.NOT_MET: "✗", Verdict.NOT_APPLICABLE: "-"}


class Options(Struct, frozen=True):
    """Which changes, and how strictly."""

    name: str | None
    since: str | None
    is_approval_needed: bool
    is_strict: bool
    is_json: bool
    store: str | None
    store_path: str | None


class IssueShape(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What validation found."""

    level: str
    path: str
    message: str
    line: int = 0


class CriterionShape(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One criterion of review."""

    artefact: str
    criterion: str
    verdict: str
    note: str = ""


class ApprovalShape(Struct, frozen=True, kw_only=True):
    """Whether a change is approved as it is; `reason` and `command` are empty when it is."""

    approved: bool
    path: str
    reason: str
    command: str


class GatedShape(Struct, frozen=True, kw_only=True):
    """One change at the gate."""

    change: str
    passes: bool
    errors: tuple[IssueShape, ...]
    approval: ApprovalShape
    overlaps: tuple[MeetingShape, ...]
    criteria: tuple[CriterionShape, ...]


class Result(Struct, frozen=True, kw_only=True, rename="camel"):
    """The output in JSON."""

    passes: bool
    approval_required: bool
    changes: tuple[GatedShape, ...]
    root: RootShape | None
    status: tuple[Diagnostic, ...] | UnsetType = UNSET


PARAMS = (
    click.argument("name", required=False, metavar="[change-name]"),
    click.option("--since", metavar="<ref>", default=None, help="Only changes with files that differ from where this branch left <ref>."),
    click.option("--require-approval", "is_approval_needed", is_flag=True, help="Demand approvals, also where the settings do not."),
    click.option("--strict", "is_strict", is_flag=True, help="Demand that all criteria of review are met."),
    click.option("--json", "is_json", is_flag=True, help="Print JSON."),
    *STORE,
)


@made("gate", Options, PARAMS)
def command(options: Options) -> Answer:
    """End with 1 when an open change is invalid, would be refused by archive, is in another one's way, or is not approved where that is demanded.

    The criteria of review are shown beside it; with --strict they count too.
    """
    app = planning_app()
    root = chosen_root(app, options.store, store_path=options.store_path)
    if isinstance(root, RootRefused):
        nothing = Result(passes=False, approval_required=False, changes=(), root=None, status=(root.finding,))
        return refused(root, nothing if options.is_json else None)
    notes = notes_on(root, is_json=options.is_json)
    only = _chosen(app, root, options)
    if isinstance(only, Diagnostic):
        if options.is_json:
            failed = Result(passes=False, approval_required=False, changes=(), root=root_shape(root), status=(only,))
            return Answer(document=failed, notes=notes, exit_code=1)
        return Answer(notes=notes + told(only), exit_code=1)
    found = gate(app, root.path, archive_place(root.path), only, is_approval_needed=options.is_approval_needed, is_strict=options.is_strict)
    is_needed = options.is_approval_needed or found.demands.is_approved
    passes = all(one.passes for one in found.changes)
    if options.is_json:
        shapes = tuple(map(_shape, found.changes))
        document = Result(passes=passes, approval_required=is_needed, changes=shapes, root=root_shape(root))
        return Answer(document=document, notes=notes, exit_code=0 if passes else 1)
    return Answer(text=_text(found, is_needed=is_needed), notes=notes, exit_code=0 if passes else 1)


def _chosen(app: PlanningApp, root: PlanningRoot, options: Options) -> tuple[str, ...] | Diagnostic | None:
    """Name the changes to judge; `None` for all."""
    known = change_ids(app, root.path)
    if options.name is not None:
        if options.name in known:
            return (options.name,)
        near = nearest(options.name, known)
        return error("unknown_item", f"Unknown change '{options.name}'." + (f" Did you mean: {', '.join(near)}?" if near else ""))
    if options.since is None:
        return None
    history = history_at(root.path)
    try:
        changed = history.changed(history.base(options.since))
    except SetsquareError as failure:
        return error("gate_error", failure.message, fix=failure.hint)
    return changes_in(tuple(one.path for one in changed), "")


def _shape(gated: Gated) -> GatedShape:
    lack = gated.lack
    approval = ApprovalShape(
        approved=lack is None, path=lack.path if lack else "", reason=lack.reason if lack else "", command=lack.command if lack else ""
    )
    return GatedShape(
        change=gated.change,
        passes=gated.passes,
        errors=tuple(map(_issue_shape, gated.errors)),
        approval=approval,
        overlaps=tuple(map(meeting_shape, gated.blocking)),
        criteria=tuple(map(_criterion_shape, gated.criteria)),
    )


def _issue_shape(issue: Issue) -> IssueShape:
    return IssueShape(level=issue.level.value, path=issue.path, message=issue.message, line=issue.line)


def _criterion_shape(found: Reviewed) -> CriterionShape:
    return CriterionShape(artefact=found.artefact, criterion=found.criterion, verdict=found.verdict.value, note=found.note)


def _text(found: Gate, *, is_needed: bool) -> str:
    """Write it for people."""
    if not found.changes:
        return "No open change to judge."
    lines: list[str] = []
    for one in found.changes:
        lines.append(f"{'✓' if one.passes else '✗'} {one.change}")
        lines += (
            f"    {issue.path}{f':{issue.line}' if issue.line else ''}: {issue.message.partition(chr(10))[0]}" for issue in one.errors
        )
        lines += (f"    {meeting.capability}: {meeting.name}: {meeting.advice}" for meeting in one.blocking)
        if one.lack is not None and is_needed:
            lines.append(f"    {one.lack.path}: {one.lack.reason}; read it, then: {one.lack.command}")
        lines += (
            f"    {_MARKS[each.verdict]} {each.artefact}: {each.criterion}{f': {each.note}' if each.note else ''}" for each in one.criteria
        )
    count = sum(not one.passes for one in found.changes)
    return "\n".join((*lines, "", f"{count} of {len(found.changes)} changes kept out." if count else "All changes may pass."))
