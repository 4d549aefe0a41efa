"""Records a person's approval of a document, commits it, and holds approvals against the files as they are."""

from __future__ import annotations

import difflib

from msgspec import Struct

from setsquare.errors import GitFailed, NotApproved, Refused, Usage
from setsquare.events.audit import AuditAction, Mutation
from setsquare.journeys.app import App
from setsquare.journeys.locking import lock_changes
from setsquare.journeys.on_record import applied
from setsquare.journeys.opening import named_spec, opened
from setsquare.journeys.recording import added, happened, record_change
from setsquare.journeys.signing import governance_of, require_steering, signed
from setsquare.ports.git import CommitRequest
from setsquare.spec.append_only import edited_sections
from setsquare.spec.approval import (
    Approval,
    ApprovalState,
    Standing,
    approval_state,
    approvals_path,
    approve,
    authored,
    encode_approval,
    read_approvals,
    spec_key,
    stage_path,
)
from setsquare.spec.lifecycle import Facts
from setsquare.spec.lock import lock_path
from setsquare.spec.signoff import judged
from setsquare.spec.spec_history import Kind, history_path
from setsquare.spec.stage import APPROVED_STAGES, Stage, previous, progress
from setsquare.spec.stage_documents import is_composed, stage_document, stage_files
from setsquare.text.counted import counted
from setsquare.text.document import Document, decode
from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath, quoted
from setsquare.text.plan import Plan
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec, SpecForm

_TAG_TRIES = 100
_UNCLEAR = "[NEEDS CLARIFICATION"
"""Begins a question that is still open, as Spec Kit writes it."""


class Approved(Struct, frozen=True, kw_only=True):
    """An approval that was recorded. `shown` is the diff since the last approval, or the whole file when it is the first.

    `path` is the spec's folder; `summary` counts the criteria that changed; `commit` and `tag` are empty outside a git repository; `is_unchanged` when the file was approved already as it is.
    """

    approval: Approval
    spec: str
    path: RelPath
    shown: str
    changed: tuple[str, ...]
    summary: str = ""
    commit: str = ""
    tag: str = ""
    is_unchanged: bool = False


# req: draft-and-approve/3.2
def state_of(workspace: Workspace, spec: Spec, stage: Stage) -> ApprovalState:
    """Say what the approval of a stage is worth now, for the bytes as they are and the team's rules as they are."""
    document = stage_document(workspace, spec, stage)
    log = workspace.by_path.get(approvals_path(spec))
    state = approval_state(stage, document, log.document.render() if log else None)
    return judged(governance_of(workspace, spec.root), stage, state)


def states_of(workspace: Workspace, spec: Spec) -> tuple[ApprovalState, ...]:
    """Say what the approvals of all three documents are worth now."""
    return tuple(state_of(workspace, spec, stage) for stage in APPROVED_STAGES)


def facts_of(workspace: Workspace, spec: Spec) -> Facts:
    """Gather what a spec's state follows from."""
    requirements, design, tasks = states_of(workspace, spec)
    return Facts(
        has_requirements=_has_requirements(workspace, spec),
        has_design=has_design(workspace, spec),
        has_tasks=bool(spec.tasks and spec.tasks.tasks),
        approvals=(requirements, design, tasks),
        progress=progress(spec),
    )


def _has_requirements(workspace: Workspace, spec: Spec) -> bool:
    """Tell whether a spec demands anything; a change that only renames or removes requirements has no criterion and demands that."""
    if spec.requirements and spec.requirements.criteria:
        return True
    if spec.form is not SpecForm.CHANGE:
        return False
    changes = (change for tree in workspace.openspec for change in (*tree.changes, *tree.archived) if change.path == spec.path)
    return any(delta.removed or delta.renamed for change in changes for delta in change.deltas)


# req: draft-and-approve/3.5
def require_approval(workspace: Workspace, spec: Spec, stage: Stage) -> Approval:
    """Stop unless a stage and all stages before it are approved as they are.

    Raises:
        NotApproved: the message says which, the hint names the command that mends it.
    """
    before = _before(spec, stage)
    if before is not None:
        require_approval(workspace, spec, before)
    else:
        require_steering(workspace)
    state = state_of(workspace, spec, stage)
    if state.standing is Standing.VALID and state.approval is not None:
        return state.approval
    path = stage_path(spec, stage)
    if state.standing is Standing.UNREADABLE:
        raise NotApproved(
            f"The approvals of `{spec.name}` cannot be read: {state.reason}.", f"Mend {approvals_path(spec)}, then approve again."
        )
    changed = f" ({', '.join(state.changed[:6])})" if state.changed and not state.difference.summary else ""
    word = "is not as it was approved" if state.standing is Standing.VOID else "is not approved"
    raise NotApproved(f"{path} {word}: {state.reason}{changed}.", f"Read it, then: `setsquare approve {quoted(spec.name)} {stage.value}`.")


# req: draft-and-approve/3.1
def approve_stage(app: App, name: str, stage: Stage, role: str) -> Approved:
    """Approve a document as it is on disk now.

    The document is committed first when it differs from HEAD, so that the approval's commit holds exactly what was approved.

    Raises:
        Refused: an earlier stage is not approved, or there is nothing to approve.
    """
    workspace = opened(app)
    spec = named_spec(workspace, name)
    path = stage_path(spec, stage)
    document = stage_document(workspace, spec, stage)
    if document is None or not document.render().strip():
        raise Refused(f"{path} holds nothing to approve.", _how_to_fill(spec, stage))
    _require_content(workspace, spec, stage)
    before = _before(spec, stage)
    if before is not None:
        require_approval(workspace, spec, before)
    state = state_of(workspace, spec, stage)
    old = approved_document(app, state)
    has_git = app.git.is_repository()
    if state.is_valid and state.approval is not None and not _is_of_another_design(app, workspace, spec, state):
        # An approval whose commit failed, or was cut off, is committed now.
        records = (approvals_path(spec), history_path(spec), lock_path(spec))
        is_left = has_git and bool(app.git.dirty((approvals_path(spec),)))
        commit, tag = _publish(app, spec, state.approval, records) if is_left else ("", "")
        return Approved(
            approval=state.approval, spec=spec.name, path=spec.path, shown="", changed=(), commit=commit, tag=tag, is_unchanged=True
        )
    sign = signed(app, workspace, spec, stage, path, role)
    _require_additions_only(workspace, spec, state, old, document)
    files = stage_files(workspace, spec, stage)
    if has_git and app.git.dirty(files):
        app.git.commit(CommitRequest(paths=files, message=f"Write the {stage.value} of {spec.name}\n\nSpec: {spec.name}\n"))
    made = approve(stage, document, role=sign.role, by=sign.by, at=app.clock.now(), commit=app.git.head() if has_git else "")
    approval = authored(made, sign.author)
    written = _append(app, workspace, spec, approval, state)
    commit, tag = _publish(app, spec, approval, written) if has_git else ("", "")
    shown = _since(state, None if is_composed(spec, stage) else old, document)
    return Approved(
        approval=approval,
        spec=spec.name,
        path=spec.path,
        shown=shown,
        changed=state.changed,
        summary=state.difference.summary,
        commit=commit,
        tag=tag,
    )


def _before(spec: Spec, stage: Stage) -> Stage | None:
    """Name the stage that must be approved first; an OpenSpec change needs no design where it has none."""
    before = previous(stage)
    if before is Stage.DESIGN and not spec.is_kiro and spec.design is None:
        return Stage.REQUIREMENTS
    return before


def _is_of_another_design(app: App, workspace: Workspace, spec: Spec, state: ApprovalState) -> bool:
    """Tell whether tasks were approved beside another design than that of now: approving them as they are is an answer to its change."""
    if state.stage is not Stage.TASKS or state.approval is None or not state.approval.commit:
        return False
    path = stage_path(spec, Stage.DESIGN)
    artefact, old = workspace.by_path.get(path), _at_hand(app, state.approval.commit, path)
    return artefact is not None and old is not None and artefact.document.render() != old


def _require_additions_only(workspace: Workspace, spec: Spec, state: ApprovalState, old: Document | None, new: Document) -> None:
    """Stop when approved sections of a design were edited where the team only ever adds to it.

    Raises:
        Refused: the message names the sections.
    """
    last = state.approval
    if state.stage is not Stage.DESIGN or last is None or not governance_of(workspace, spec.root).is_append_only:
        return
    hint = 'Put the change in a section of its own, or set "designEdits": "patch" in .kiro/settings.json.'
    if old is None:
        raise Refused(f"{new.path} is append-only, and the version approved on {last.at[:10]} is not at hand to compare.", hint)
    edited = edited_sections(old, new)
    if edited:
        raise Refused(f"{new.path} is append-only, and approved sections were edited: {', '.join(edited[:6])}.", hint)


def stage_named(name: str) -> Stage:
    """Read a stage's name.

    Raises:
        Usage: it is none that a person approves.
    """
    for stage in APPROVED_STAGES:
        if stage.value == name:
            return stage
    raise Usage(f"`{name}` is no stage that can be approved.", "One of: requirements, design, tasks.")


def _require_content(workspace: Workspace, spec: Spec, stage: Stage) -> None:
    """Stop when a document says nothing yet: an empty template must not be approved by mistake."""
    requirements, tasks = spec.requirements, spec.tasks
    is_empty = (stage is Stage.REQUIREMENTS and not is_composed(spec, stage) and not (requirements and requirements.criteria)) or (
        stage is Stage.TASKS and not (tasks and tasks.tasks)
    )
    if is_empty or (stage is Stage.DESIGN and not has_design(workspace, spec)):
        raise Refused(f"{stage_path(spec, stage)} holds nothing to approve.", _how_to_fill(spec, stage))
    _require_answers(workspace, spec, stage)


def _require_answers(workspace: Workspace, spec: Spec, stage: Stage) -> None:
    """Stop while a question is open in the document."""
    artefact = workspace.by_path.get(stage_path(spec, stage))
    around = decode(artefact.document.render()).split(_UNCLEAR) if artefact is not None else [""]
    if len(around) > 1:
        line = around[0].count("\n") + 1
        raise Refused(
            f"{stage_path(spec, stage)} has {counted(len(around) - 1, 'open question')}, the first in line {line}.",
            f"Answer each and take its mark `{_UNCLEAR} …]` out, then approve.",
        )


def has_design(workspace: Workspace, spec: Spec) -> bool:
    """Tell whether a design says more than its headings and comments."""
    artefact = workspace.by_path.get(stage_path(spec, Stage.DESIGN))
    return artefact is not None and any(node.kind.value not in ("heading", "blank", "comment", "bom") for node in artefact.document.nodes)


def _how_to_fill(spec: Spec, stage: Stage) -> str:
    """Name the next step for an empty document."""
    if stage is Stage.REQUIREMENTS:
        return f"Write its criteria first: {stage_path(spec, stage)}."
    return f"Draft it first: `setsquare draft {stage.value} {quoted(spec.name)}`."


def approved_document(app: App, state: ApprovalState) -> Document | None:
    """Read the document as it was approved last; `None` where nobody approved it or the approved bytes are not at hand."""
    last = state.approval
    if last is None or not last.commit:
        return None
    old = _at_hand(app, last.commit, RelPath(last.path))
    return None if old is None else scan(RelPath(last.path), old)


def _at_hand(app: App, commit: str, path: RelPath) -> bytes | None:
    """Read a file as a commit has it; `None` also where the commit is not here, as in a shallow clone or after a rebase."""
    try:
        return app.git.show(commit, path)
    except GitFailed:
        return None


# req: draft-and-approve/3.6
def _since(state: ApprovalState, old: Document | None, new: Document) -> str:
    """Show what a person approves now: the diff since their last approval where the approved bytes are at hand, else everything."""
    text = decode(new.render())
    if old is None or state.approval is None:
        return text
    diff = difflib.unified_diff(
        decode(old.render()).splitlines(keepends=True),
        text.splitlines(keepends=True),
        f"approved {state.approval.at[:10]}/{new.path}",
        f"now/{new.path}",
    )
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in diff)


def _append(app: App, workspace: Workspace, spec: Spec, approval: Approval, before: ApprovalState) -> tuple[RelPath, ...]:
    """Add the approval to the spec's approvals file and its history, and bring its lock up to the document; name the files."""
    path = approvals_path(spec)
    old = workspace.by_path.get(path)
    if old is not None and read_approvals(old.document.render())[1]:
        raise Refused(f"{path} has a line that is no approval; nothing was added.", "Mend it (a merge conflict?), then approve again.")
    said = f"{approval.stage.value}{f' as {approval.role}' if approval.role else ''}"
    happening = happened(app, Kind.APPROVED, f"{said}; {before.difference.summary}" if before.difference.summary else said)
    changes = (
        added(workspace, path, encode_approval(approval)),
        record_change(workspace, spec, happening),
        *lock_changes(app, workspace, spec, approval),
    )
    mutation = Mutation(
        action=AuditAction.APPROVED,
        subject=spec.name,
        detail=said,
        before=before.approval.digest if before.approval is not None else "",
        after=approval.digest,
    )
    applied(app, Plan(f"Approve {approval.stage.value} of {spec.name}", changes), mutation)
    return tuple(change.path for change in changes)


# req: draft-and-approve/3.4
def _publish(app: App, spec: Spec, approval: Approval, written: tuple[RelPath, ...]) -> tuple[str, str]:
    """Commit the approval with the records written beside it, and tag a design's."""
    role = f" as {approval.role}" if approval.role else ""
    anchor = app.audit.anchor()
    # The commit holds the audit log to what it said when this was approved.
    audit = f"Audit: {anchor.text}\n" if anchor is not None else ""
    message = f"Approve {approval.stage.value} of {spec.name}{role}\n\nSpec: {spec.name}\nStage: {approval.stage.value}\nDigest: {approval.digest}\n{audit}"
    commit = app.git.commit(CommitRequest(paths=app.git.dirty(written), message=message))
    if approval.stage is not Stage.DESIGN:
        return commit, ""
    raw = app.files.read(approvals_path(spec)) or b""
    number = sum(item.stage is Stage.DESIGN for item in read_approvals(raw)[0])
    return commit, _tagged(
        app,
        f"design-review/{spec_key(spec).replace(' ', '-')}",
        number,
        f"Design of {spec.name} approved by {approval.by or 'unknown'}{role}\n\nDigest: {approval.digest}\n",
    )


def _tagged(app: App, prefix: str, number: int, message: str) -> str:
    """Tag the approval's commit with the first free number from `number` on: another branch or clone may have used some."""
    for free in range(number, number + _TAG_TRIES):
        try:
            app.git.tag(f"{prefix}/{free}", message)
        except GitFailed as error:
            if "exist" not in error.message:
                raise
        else:
            return f"{prefix}/{free}"
    raise GitFailed(
        f"The tags {prefix}/{number} to {prefix}/{number + _TAG_TRIES - 1} exist already.",
        "Delete the ones that nobody needs, then approve again.",
    )
