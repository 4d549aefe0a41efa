"""Brings the design or the tasks of a spec up to its changed requirements: only what the change reaches is drafted anew.

Source: section-level regeneration in the EARS engine's reference, section 5.3; requirement D22.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from typing import Final, assert_never

from msgspec import Struct

from setsquare.drafting.assembling import Regenerated, proposal_path, proposal_text
from setsquare.drafting.comparison import Comparison, compared
from setsquare.drafting.draft import Escalate, unified
from setsquare.drafting.outline_reading import NothingToDraft
from setsquare.drafting.redraft import RedraftState, Settled, advance_redraft, begun, verdict_on
from setsquare.drafting.regeneration import regenerated_tasks
from setsquare.drafting.regeneration_design import regenerated_design
from setsquare.errors import GitFailed, Refused, Usage
from setsquare.journeys.app import App
from setsquare.journeys.approving import require_approval
from setsquare.journeys.conversing import Conversed, Talk, conversed
from setsquare.journeys.draft import (
    OUTLINE,
    DraftMade,
    DraftOutcome,
    DraftRequest,
    Escalated,
    Unchanged,
    decided,
    profile_of,
    require_sound,
    settings_of,
)
from setsquare.journeys.impacting import spec_folders
from setsquare.journeys.opening import kiro_spec, opened
from setsquare.journeys.recording import happened, lifecycle, record_change
from setsquare.spec.approval import Approval, approvals_path, read_approvals
from setsquare.spec.spec_history import Happening, Kind
from setsquare.spec.stage import Stage, previous
from setsquare.text.paths import RelPath, joined, quoted
from setsquare.text.plan import FileChange, Plan, creation, digest, replacement
from setsquare.usage.meter import Meter
from setsquare.workspace.load import load
from setsquare.workspace.model import Workspace
from setsquare.workspace.settings import ModelProfile
from setsquare.workspace.spec import Spec

_RECORD: Final = re.compile(r"(?P<file>design|tasks)\.md since (?P<base>[0-9a-f]{7,64}): .*; requirements (?P<digest>[0-9a-f]{16})\b")
_SHORT: Final = 16


class RedraftRequest(Struct, frozen=True, kw_only=True):
    """What a person asks for: a draft of what changed `since` a commit, a branch or a tag; empty stands for what the document was made from.

    `drops_obsolete` permits that tasks go of whose criteria none is left.
    """

    draft: DraftRequest
    since: str = ""
    drops_obsolete: bool = False


class Ground(Struct, frozen=True, kw_only=True):
    """What a document is compared with: the commit, and the workspace as it was then. `is_done` says that it was brought up to date since."""

    commit: str
    before: Workspace
    is_done: bool = False


class _Made(Struct, frozen=True, kw_only=True):
    """How a revision came about."""

    made: Regenerated
    notes: tuple[str, ...]
    model: str = OUTLINE
    attempts: int = 1
    meter: Meter = Meter()


def redraft(app: App, request: RedraftRequest, jitter: Callable[[], float] = random.random) -> DraftOutcome:
    """Draft anew what a change of a spec's requirements reaches in its design or tasks; `jitter` draws a number from 0 to 1.

    Raises:
        Refused: there is no document to bring up to date, nothing to compare with, or an earlier stage is not approved as it is.
        NotTrusted: a model was asked for by name in a workspace that nobody trusts.
        Usage: the spec, the stage or the model does not exist.
        Usage: `since` names no commit.
        GitFailed: there is no repository or no commit, or nothing in common with `since`.
        ModelFailed: the model gave no answer at all.
        StalePlan: a file changed meanwhile.
    """
    stage = request.draft.stage
    if stage not in (Stage.DESIGN, Stage.TASKS):
        raise Usage(f"The {stage.value} cannot be drafted.", "One of: design, tasks.")
    workspace = opened(app)
    spec = kiro_spec(workspace, request.draft.spec, "drafted")
    _require_ground(app, workspace, spec, stage)
    overridden = require_sound(workspace, spec, request.draft)
    profile, remark = profile_of(app, workspace, settings_of(workspace, spec), request.draft.model)
    ground = ground_of(app, workspace, spec, stage, request.since)
    if not _digest_in(ground.before, spec):
        raise Refused(
            f"{spec.path} had no acceptance criterion yet at {ground.commit[:12]}, so there is nothing to compare with.",
            "Name a later commit with `--since`.",
        )
    found = compared(ground.before, workspace, spec.path, stage)
    remarks = tuple(text for text in (remark, overridden) if text)
    if found is None or (profile is not None and ground.is_done):
        return Unchanged(_unchanged(spec, stage, (*remarks, f"no criterion changed since {ground.commit[:7]}")))
    made = _outlined(found, request) if profile is None else _conversed(app, found, profile, request, jitter)
    if isinstance(made, Escalated):
        return made
    return decided(app, request.draft, _planned(app, found, ground, made, remarks))


def _require_ground(app: App, workspace: Workspace, spec: Spec, stage: Stage) -> None:
    """Stop where there is no document, no commit, or no approval of what the document builds on.

    Raises:
        Refused: with what to do.
    """
    path = joined(spec.path, f"{stage.value}.md")
    document = spec.design if stage is Stage.DESIGN else spec.tasks
    if document is None or not workspace.render(path).strip():
        raise Refused(
            f"{path} is not written yet, so there is nothing to bring up to date.",
            f"Draft it: `setsquare draft {stage.value} {quoted(spec.name)}`.",
        )
    if spec.requirements is None or not spec.requirements.criteria:
        raise Refused(f"{spec.path} has no acceptance criterion, so nothing can be drafted from it.", "Write its criteria first.")
    require_approval(workspace, spec, Stage.REQUIREMENTS)
    before = previous(stage)
    if before is not None and before is not Stage.REQUIREMENTS:
        require_approval(workspace, spec, before)
    if not app.git.is_repository() or not app.git.head():
        raise Refused("There is no commit to compare with.", "Commit the specs first: `git add .kiro && git commit`.")


def ground_of(app: App, workspace: Workspace, spec: Spec, stage: Stage, since: str = "") -> Ground:
    """Find the requirements that a document was made from.

    In this order: those at `since`; those that it was last brought up to by this command; those that stood when it was approved; the last
    approved ones that differ from those of now; those of HEAD.

    Raises:
        Usage: `since` names no commit.
        GitFailed: there is no repository or no commit, or nothing in common with `since`.
    """
    record = _record(workspace, spec, stage)
    now = requirements_digest(spec)
    if since:
        commit = app.history.base(since)
        is_done = record is not None and record["digest"] == now and commit.startswith(record["base"])
        return Ground(commit=commit, before=_at(app, workspace, spec, stage, commit), is_done=is_done)
    if record is not None:
        if record["digest"] == now:
            commit = _resolved(app, record["base"])
            if commit:
                return Ground(commit=commit, before=_at(app, workspace, spec, stage, commit), is_done=True)
        for commit in _approved(app, workspace, spec, Stage.REQUIREMENTS):
            before = _at(app, workspace, spec, stage, commit)
            if _digest_in(before, spec) == record["digest"]:
                return Ground(commit=commit, before=_with(before, workspace, joined(spec.path, f"{stage.value}.md")))
    for commit in _approved(app, workspace, spec, stage):
        return Ground(commit=commit, before=_at(app, workspace, spec, stage, commit))
    for commit in _approved(app, workspace, spec, Stage.REQUIREMENTS):
        before = _at(app, workspace, spec, stage, commit)
        if _digest_in(before, spec) not in ("", now):
            return Ground(commit=commit, before=before)
    head = app.history.resolve("HEAD")
    return Ground(commit=head, before=_at(app, workspace, spec, stage, head))


def requirements_digest(spec: Spec) -> str:
    """Name what the requirements say by sixteen hexadecimal digits; empty where there is no criterion.

    >>> requirements_digest(Spec(name="bell", path=RelPath("bell"), root=RelPath("")))
    ''
    """
    criteria = spec.requirements.criteria if spec.requirements else ()
    text = "\n".join(f"{criterion.id}\x1f{criterion.text}" for criterion in criteria)
    return digest(text.encode("utf-8", "surrogateescape")).removeprefix("sha256:")[:_SHORT] if criteria else ""


def _digest_in(workspace: Workspace, spec: Spec) -> str:
    found = next((other for other in workspace.specs if other.path == spec.path), None)
    return requirements_digest(found) if found else ""


def _record(workspace: Workspace, spec: Spec, stage: Stage) -> re.Match[str] | None:
    """Find the last line that says what a document was brought up to; an approval of the document or a rollback after it counts for more."""
    for happening in reversed(lifecycle(workspace, spec).happenings):
        match = _RECORD.match(happening.detail) if happening.kind is Kind.REGENERATED else None
        if match is not None and match["file"] == stage.value:
            return match
        if happening.kind is Kind.ROLLED_BACK or (happening.kind is Kind.APPROVED and happening.detail.startswith(stage.value)):
            return None
    return None


def _approved(app: App, workspace: Workspace, spec: Spec, stage: Stage) -> Iterator[str]:
    """List the commits of a stage's approvals, newest first; those that are not in this clone are left out."""
    log = workspace.by_path.get(approvals_path(spec))
    approvals: tuple[Approval, ...] = read_approvals(log.document.render() if log else b"")[0]
    for approval in reversed(approvals):
        if approval.stage is stage and approval.commit and (commit := _resolved(app, approval.commit)):
            yield commit


def _resolved(app: App, ref: str) -> str:
    try:
        return app.history.resolve(ref)
    except GitFailed:
        # A shallow clone, or a history that was written anew: the commit is not here.
        return ""


def _at(app: App, workspace: Workspace, spec: Spec, stage: Stage, commit: str) -> Workspace:
    """Read the specs as they were at a commit; a document that was not there yet is taken as it is now."""
    path = joined(spec.path, f"{stage.value}.md")
    before = load(app.history.tree(commit, spec_folders(workspace)))
    return before if path in before.by_path else _with(before, workspace, path)


def _with(before: Workspace, workspace: Workspace, path: RelPath) -> Workspace:
    """Put a document of now into an older workspace."""
    files = {artefact.path: artefact.document.render() for artefact in before.artefacts}
    return load({**files, path: workspace.render(path)})


def _outlined(found: Comparison, request: RedraftRequest) -> _Made:
    """Revise without a model; what the rules find in it is told as notes.

    Raises:
        Refused: there is nothing to draft from.
    """
    is_tasks = found.stage is Stage.TASKS
    made = regenerated_tasks(found, drops_obsolete=request.drops_obsolete) if is_tasks else regenerated_design(found)
    if isinstance(made, NothingToDraft):
        raise Refused(f"{made.reason}.", made.hint)
    if made.raw == found.document.render():
        return _Made(made=made, notes=made.notes)
    verdict = verdict_on(found, made.raw, request.draft.most_tasks)
    return _Made(made=made, notes=(*made.notes, *verdict.reasons, *verdict.notes))


def _conversed(
    app: App, found: Comparison, profile: ModelProfile, request: RedraftRequest, jitter: Callable[[], float]
) -> _Made | Escalated:
    """Revise with a model: ask until the machine settles or escalates.

    Raises:
        ModelFailed: it gave no answer at all.
    """
    first = begun(found, profile.limit_tokens, profile.temperature, request.draft.most_tasks)
    settings = settings_of(found.workspace, found.now)
    talk = Talk(
        profile=profile, settings=settings, spec=found.now.name, what=f"the changed parts of the {found.stage.value}", jitter=jitter
    )
    done: Conversed[RedraftState, Settled | Escalate] = conversed(app, talk, first, advance_redraft)
    match done.end:
        case Settled(made=made, notes=notes):
            return _Made(made=made, notes=(*made.notes, *notes), model=done.model, attempts=done.state.attempts, meter=done.meter)
        case Escalate(reasons=reasons, text=text):
            return Escalated(
                spec=found.now.name,
                path=found.path,
                reasons=reasons,
                text=text,
                model=done.model,
                attempts=done.state.attempts,
                meter=done.meter,
                code=done.code,
            )
        case _:
            assert_never(done.end)


def _planned(app: App, found: Comparison, ground: Ground, made: _Made, remarks: tuple[str, ...]) -> DraftMade:
    """Turn a revision into one plan: the document, what could not be merged beside it, and a line in the spec's history."""
    old, new = found.document.render(), made.made.raw
    changes: list[FileChange] = []
    parts: list[str] = []
    if new != old:
        changes.append(replacement(found.path, old, new))
        parts.append(unified(found.path, old, new))
    notes = list(made.notes)
    if made.made.proposals:
        path = proposal_path(found.path)
        text = proposal_text(found.path, made.made.proposals)
        held = found.workspace.by_path.get(path)
        was = held.document.render() if held else None
        if was != text:
            changes.append(creation(path, text) if was is None else replacement(path, was, text))
            parts.append(unified(path, was, text))
        notes.append(f"not merged, because people edited the same lines: {', '.join(item.key for item in made.made.proposals)}; see {path}")
    if changes:
        changes.append(record_change(found.workspace, found.now, _happening(app, found, ground, made, remarks)))
    return DraftMade(
        spec=found.now.name,
        path=found.path,
        plan=Plan(f"Bring the {found.stage.value} of {found.now.name} up to its requirements", tuple(changes)),
        diff="".join(parts),
        notes=(*remarks, *dict.fromkeys(notes)),
        model=made.model,
        attempts=made.attempts,
        meter=made.meter,
        units=made.made.units,
    )


def _happening(app: App, found: Comparison, ground: Ground, made: _Made, remarks: tuple[str, ...]) -> Happening:
    """Say what was regenerated, from what, to what."""
    units = ", ".join(f"{unit.key} {unit.action.value}" for unit in made.made.units) or "nothing"
    changed = ", ".join(f"{change.id} {change.kind.value}" for change in found.found.changes)
    said = "".join(f"; {remark}" for remark in remarks)
    detail = f"{found.stage.value}.md since {ground.commit[:12]}: {units}; requirements {requirements_digest(found.now)}"
    return happened(app, Kind.REGENERATED, f"{detail}; by {made.model} for {changed}{said}")


def _unchanged(spec: Spec, stage: Stage, notes: tuple[str, ...]) -> DraftMade:
    """Say that there is nothing to do."""
    return DraftMade(
        spec=spec.name,
        path=joined(spec.path, f"{stage.value}.md"),
        plan=Plan(f"Bring the {stage.value} of {spec.name} up to its requirements"),
        diff="",
        notes=notes,
        model=OUTLINE,
        attempts=0,
        meter=Meter(),
    )
