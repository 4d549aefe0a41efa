"""Records a person's approval of a document, commits it, and holds approvals against the files as they are."""

from __future__ import annotations

import difflib

from msgspec import Struct

from setsquare.errors import GitFailed, NotApproved, Refused, Usage
from setsquare.journeys.app import App
from setsquare.journeys.opening import named_spec, opened
from setsquare.ports.git import CommitRequest
from setsquare.spec.approval import (
    Approval,
    ApprovalState,
    Standing,
    approval_state,
    approvals_path,
    approve,
    encode_approval,
    read_approvals,
    spec_key,
    stage_path,
)
from setsquare.spec.stage import APPROVED_STAGES, Stage, previous
from setsquare.text.document import decode
from setsquare.text.paths import RelPath, quoted
from setsquare.text.plan import FileChange, Plan, creation, digest
from setsquare.text.span import Edit, Span
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec

_TAG_TRIES = 100


class Approved(Struct, frozen=True, kw_only=True):
    """An approval that was recorded. `shown` is the diff since the last approval, or the whole file when it is the first.

    `path` is the spec's folder; `commit` and `tag` are empty outside a git repository; `is_unchanged` when the file was approved already as it is.
    """

    approval: Approval
    spec: str
    path: RelPath
    shown: str
    changed: tuple[str, ...]
    commit: str = ""
    tag: str = ""
    is_unchanged: bool = False


# req: draft-and-approve/3.2
def state_of(workspace: Workspace, spec: Spec, stage: Stage) -> ApprovalState:
    """Say what the approval of a stage is worth now."""
    document = workspace.by_path.get(stage_path(spec, stage))
    log = workspace.by_path.get(approvals_path(spec))
    return approval_state(stage, document.document if document else None, log.document.render() if log else None)


def states_of(workspace: Workspace, spec: Spec) -> tuple[ApprovalState, ...]:
    """Say what the approvals of all three documents are worth now."""
    return tuple(state_of(workspace, spec, stage) for stage in APPROVED_STAGES)


# req: draft-and-approve/3.5
def require_approval(workspace: Workspace, spec: Spec, stage: Stage) -> Approval:
    """Stop unless a stage and all stages before it are approved as they are.

    Raises:
        NotApproved: the message says which, the hint names the command that mends it.
    """
    before = previous(stage)
    if before is not None:
        require_approval(workspace, spec, before)
    state = state_of(workspace, spec, stage)
    if state.standing is Standing.VALID and state.approval is not None:
        return state.approval
    path = stage_path(spec, stage)
    if state.standing is Standing.UNREADABLE:
        raise NotApproved(
            f"The approvals of `{spec.name}` cannot be read: {state.reason}.", f"Mend {approvals_path(spec)}, then approve again."
        )
    changed = f" ({', '.join(state.changed[:6])})" if state.changed else ""
    word = "is not approved" if state.standing is Standing.NONE else "is not as it was approved"
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
    artefact = workspace.by_path.get(path)
    if artefact is None or not artefact.document.render().strip():
        raise Refused(f"{path} holds nothing to approve.", _how_to_fill(spec, stage))
    _require_content(workspace, spec, stage)
    before = previous(stage)
    if before is not None:
        require_approval(workspace, spec, before)
    state = state_of(workspace, spec, stage)
    shown = _since(app, state, decode(artefact.document.render()), path)
    has_git = app.git.is_repository()
    if state.is_valid and state.approval is not None:
        # An approval whose commit failed, or was cut off, is committed now.
        is_left = has_git and bool(app.git.dirty((approvals_path(spec),)))
        commit, tag = _publish(app, spec, state.approval) if is_left else ("", "")
        return Approved(
            approval=state.approval, spec=spec.name, path=spec.path, shown="", changed=(), commit=commit, tag=tag, is_unchanged=True
        )
    if has_git and app.git.dirty((path,)):
        app.git.commit(CommitRequest(paths=(path,), message=f"Write the {stage.value} of {spec.name}\n\nSpec: {spec.name}\n"))
    approval = approve(stage, artefact.document, role=role, by=app.git.user(), at=app.clock.now(), commit=app.git.head() if has_git else "")
    _append(app, workspace, spec, approval)
    commit, tag = _publish(app, spec, approval) if has_git else ("", "")
    return Approved(approval=approval, spec=spec.name, path=spec.path, shown=shown, changed=state.changed, commit=commit, tag=tag)


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
    is_empty = (stage is Stage.REQUIREMENTS and not (requirements and requirements.criteria)) or (
        stage is Stage.TASKS and not (tasks and tasks.tasks)
    )
    if is_empty or (stage is Stage.DESIGN and not has_design(workspace, spec)):
        raise Refused(f"{stage_path(spec, stage)} holds nothing to approve.", _how_to_fill(spec, stage))


def has_design(workspace: Workspace, spec: Spec) -> bool:
    """Tell whether a design says more than its headings and comments."""
    artefact = workspace.by_path.get(stage_path(spec, Stage.DESIGN))
    return artefact is not None and any(node.kind.value not in ("heading", "blank", "comment", "bom") for node in artefact.document.nodes)


def _how_to_fill(spec: Spec, stage: Stage) -> str:
    """Name the next step for an empty document."""
    if stage is Stage.REQUIREMENTS:
        return f"Write its criteria first: {stage_path(spec, stage)}."
    return f"Draft it first: `setsquare draft {stage.value} {quoted(spec.name)}`."


# req: draft-and-approve/3.6
def _since(app: App, state: ApprovalState, text: str, path: str) -> str:
    """Show what a person approves now: the diff since their last approval where the approved bytes are at hand, else everything."""
    last = state.approval
    if last is None or not last.commit:
        return text
    old = app.git.show(last.commit, RelPath(last.path))
    if old is None:
        return text
    diff = difflib.unified_diff(
        decode(old).splitlines(keepends=True), text.splitlines(keepends=True), f"approved {last.at[:10]}/{path}", f"now/{path}"
    )
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in diff)


def _append(app: App, workspace: Workspace, spec: Spec, approval: Approval) -> None:
    """Add the approval to the spec's approvals file."""
    path = approvals_path(spec)
    old = workspace.by_path.get(path)
    if old is None:
        change = creation(path, encode_approval(approval))
    else:
        raw = old.document.render()
        if read_approvals(raw)[1]:
            raise Refused(f"{path} has a line that is no approval; nothing was added.", "Mend it (a merge conflict?), then approve again.")
        line = (b"" if raw.endswith(b"\n") or not raw else b"\n") + encode_approval(approval)
        change = FileChange(path, digest(raw), (Edit(Span(len(raw), len(raw)), line),))
    app.files.apply(Plan(f"Approve {approval.stage.value} of {spec.name}", (change,)))


# req: draft-and-approve/3.4
def _publish(app: App, spec: Spec, approval: Approval) -> tuple[str, str]:
    """Commit the approval, and tag a design's."""
    role = f" as {approval.role}" if approval.role else ""
    message = f"Approve {approval.stage.value} of {spec.name}{role}\n\nSpec: {spec.name}\nStage: {approval.stage.value}\nDigest: {approval.digest}\n"
    commit = app.git.commit(CommitRequest(paths=(approvals_path(spec),), message=message))
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
