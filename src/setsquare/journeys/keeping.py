"""Keeps what people say about a spec: its status, owner and labels, and that somebody verified it."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from setsquare.errors import Refused, Usage
from setsquare.events.audit import AuditAction, Mutation
from setsquare.journeys.app import App
from setsquare.journeys.approving import facts_of
from setsquare.journeys.incidents import incidents
from setsquare.journeys.on_record import applied
from setsquare.journeys.opening import named_as, named_spec, opened
from setsquare.journeys.recording import happened, lifecycle, record_change
from setsquare.ports.git import CommitRequest
from setsquare.spec.approval import approvals_path, read_approvals
from setsquare.spec.lifecycle import SpecState, missing, state_of_facts, status_of
from setsquare.spec.spec_history import Happening, Kind, Lifecycle, Status, history_path
from setsquare.spec.stage import Progress, progress
from setsquare.text.paths import RelPath
from setsquare.text.plan import Plan
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec


class Kept(Struct, frozen=True, kw_only=True):
    """What is known of a spec. `missing` says what keeps it from the next state; `commit` holds a new line, empty where none was added."""

    spec: str
    path: RelPath
    state: SpecState
    missing: tuple[str, ...]
    record: Lifecycle
    progress: Progress = Progress()
    is_archived: bool = False
    commit: str = ""

    @property
    def status(self) -> Status:
        """Give the status that people said, else the one that the state suggests."""
        return status_of(self.state, self.record.status)


class Wish(Struct, frozen=True, kw_only=True):
    """What to set; empty values leave what was. A label with `-` in front is taken away."""

    status: Status | None = None
    owner: str = ""
    labels: tuple[str, ...] = ()


def keep(app: App, name: str, wish: Wish) -> Kept:
    """Say how a spec stands, after setting what is wished.

    Raises:
        Refused: the spec is to be complete and is not: the message says what is missing.
        Usage: a label or an owner is not a short line of text.
    """
    workspace = opened(app)
    spec = named_spec(workspace, name)
    commit = ""
    if wish != Wish():
        _require_fit(workspace, spec, wish)
        line = happened(app, Kind.STATUS, _said(wish))
        commit = record(app, workspace, spec, replace(line, status=wish.status, owner=wish.owner, labels=wish.labels))
        workspace = opened(app)
    return _kept(workspace, spec, commit)


def kept_specs(app: App) -> tuple[Kept, ...]:
    """Say of every spec what is known, archived ones included."""
    return kept_in(opened(app))


def kept_in(workspace: Workspace) -> tuple[Kept, ...]:
    """Say of every spec of a loaded workspace what is known."""
    return tuple(_kept(workspace, spec, "") for spec in workspace.specs)


def verified(app: App, name: str, note: str) -> Kept:
    """Record that the person here held the spec against the code now."""
    workspace = opened(app)
    spec = named_spec(workspace, name)
    commit = record(app, workspace, spec, happened(app, Kind.VERIFIED, note))
    return _kept(opened(app), spec, commit)


def history(app: App, name: str) -> Kept:
    """Give everything that happened to a spec.

    Approvals from before there were histories are read from the approvals, and work outside the scope also from this machine's runs.
    """
    workspace = opened(app)
    spec = named_spec(workspace, name)
    found = _kept(workspace, spec, "")
    log = workspace.by_path.get(approvals_path(spec))
    known = {item.at for item in found.record.happenings if item.kind is Kind.APPROVED}
    old = [
        Happening(at=item.at, by=item.by, kind=Kind.APPROVED, detail=f"{item.stage.value}{f' as {item.role}' if item.role else ''}")
        for item in read_approvals(log.document.render() if log else b"")[0]
        if item.at not in known
    ]
    happenings = tuple(sorted((*found.record.happenings, *old, *incidents(app, spec, found.record)), key=lambda item: item.at))
    return replace(found, record=replace(found.record, happenings=happenings))


def record(app: App, workspace: Workspace, spec: Spec, line: Happening) -> str:
    """Add one line to a spec's history, with the incidents of this machine's runs, and commit it; give the commit, empty outside a repository.

    Raises:
        GitFailed: the commit could not be made; the line is written.
    """
    before = incidents(app, spec, lifecycle(workspace, spec))
    action = AuditAction.SPEC_VERIFIED if line.kind is Kind.VERIFIED else AuditAction.SPEC_KEPT
    plan = Plan(f"Record {line.kind.value} of {spec.name}", (record_change(workspace, spec, *before, line),))
    applied(app, plan, Mutation(action=action, subject=spec.name, detail=line.kind.value, why=line.detail))
    if not app.git.is_repository():
        return ""
    said = f": {line.detail}" if line.detail else ""
    message = f"Record {line.kind.value} of {spec.name}{said}\n\nSpec: {spec.name}\n"
    return app.git.commit(CommitRequest(paths=(history_path(spec),), message=message))


def _require_fit(workspace: Workspace, spec: Spec, wish: Wish) -> None:
    """Stop when what is wished contradicts what is."""
    for text in (wish.owner, *wish.labels):
        if len(text) > 100 or (not text.isprintable() and text):
            raise Usage(f"{text[:40]!r} is no label or owner.", "One line of at most 100 characters.")
    lacking = missing(facts_of(workspace, spec), SpecState.COMPLETE)
    if wish.status is Status.COMPLETE and lacking:
        raise Refused(f"`{spec.name}` is not complete: {'; '.join(lacking)}.", "See `setsquare status`.")


def _said(wish: Wish) -> str:
    """Say in words what is set.

    >>> _said(Wish(status=Status.ACTIVE, owner="Ada", labels=("q3", "-old")))
    'active, owner Ada, +q3, -old'
    """
    parts = [wish.status.value if wish.status else "", f"owner {wish.owner}" if wish.owner else ""]
    parts += [label if label.startswith("-") else f"+{label}" for label in wish.labels]
    return ", ".join(part for part in parts if part)


def _kept(workspace: Workspace, spec: Spec, commit: str) -> Kept:
    facts = facts_of(workspace, spec)
    state = state_of_facts(facts)
    order = list(SpecState)
    following = order[min(order.index(state) + 1, len(order) - 1)]
    return Kept(
        spec=named_as(workspace, spec),
        path=spec.path,
        state=state,
        missing=missing(facts, following) if state is not SpecState.COMPLETE else (),
        record=lifecycle(workspace, spec),
        progress=progress(spec),
        is_archived=spec.is_archived,
        commit=commit,
    )
