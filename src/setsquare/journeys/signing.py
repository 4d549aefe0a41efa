"""Holds approvals against what the team's settings demand: who may approve a document, and who signed the steering off."""

from __future__ import annotations

from msgspec import Struct

from setsquare.errors import NotApproved, Refused, Usage
from setsquare.events.audit import AuditAction, Mutation
from setsquare.journeys.app import App
from setsquare.journeys.on_record import applied
from setsquare.journeys.opening import opened
from setsquare.journeys.recording import added
from setsquare.ports.git import CommitRequest
from setsquare.spec.signoff import SignOff, holds, refusal, role_of
from setsquare.spec.stage import Stage
from setsquare.spec.steering_signoff import STEERING_LOG, SteeringSignOff, Unsigned, encode_sign_off, read_sign_offs, unsigned
from setsquare.text.paths import RelPath, joined, parent, quoted
from setsquare.text.plan import Digest, Plan, digest
from setsquare.workspace.artefact import ArtefactKind
from setsquare.workspace.model import Workspace
from setsquare.workspace.settings import Governance
from setsquare.workspace.spec import Spec


def governance_of(workspace: Workspace, root: RelPath) -> Governance:
    """Give the rules of a root: those of its own settings, else those of the workspace's.

    Settings that demand nothing do not overrule the workspace's: a second root must not be a way around them.
    """
    named = {settings.path: settings.governance for settings in workspace.settings}
    own = named.get(joined(root, "settings.json"), Governance())
    return own if own != Governance() else named.get(RelPath(".kiro/settings.json"), own)


def last_author(app: App, path: RelPath) -> str:
    """Name who changed a file last: the author of its last commit, whoever works here where it differs from that; empty without a repository."""
    if not app.git.is_repository():
        return ""
    if app.git.dirty((path,)):
        return app.git.user()
    commits = app.history.commits(paths=(path,), limit=1)
    return commits[0].author if commits else ""


def signed(app: App, workspace: Workspace, spec: Spec, stage: Stage, path: RelPath, role: str) -> SignOff:
    """Say as whom the person here approves a document.

    Raises:
        Refused: the settings demand another role or another person.
    """
    governance = governance_of(workspace, spec.root)
    sign = SignOff(app.git.user(), role, last_author(app, path))
    found = refusal(governance, stage, sign)
    if found is not None:
        raise Refused(f"{path} is not approved: {found.reason}.", found.hint)
    return SignOff(sign.by, role_of(governance, stage, sign), sign.author)


def require_steering(workspace: Workspace) -> None:
    """Stop unless the steering files are signed off as they are, where the settings demand it.

    Raises:
        NotApproved: a sign-off is missing.
    """
    lacking = unsigned_steering(workspace)
    if lacking:
        more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
        raise NotApproved(
            f"{lacking[0].path} is not signed off as {lacking[0].role}{more}.",
            f"Somebody who holds the role: `setsquare approve {quoted(lacking[0].path)} --as {lacking[0].role}`.",
        )


def unsigned_steering(workspace: Workspace) -> tuple[Unsigned, ...]:
    """List the missing sign-offs of steering files, file by file."""
    log = workspace.by_path.get(STEERING_LOG)
    raw = log.document.render() if log else b""
    missing: list[Unsigned] = []
    for path, name in _steering(workspace):
        missing += unsigned(governance_of(workspace, parent(parent(path))), ((path, name),), raw)
    return tuple(missing)


class SignedSteering(Struct, frozen=True, kw_only=True):
    """A sign-off that was recorded: `commit` holds it, empty outside a repository; `lacking` are the roles still missing for the file."""

    sign_off: SteeringSignOff
    commit: str
    lacking: tuple[str, ...]


def sign_steering(app: App, name: str, role: str) -> SignedSteering:
    """Record that the person here signs a steering file off as it is.

    Raises:
        Usage: there is no such steering file, or no role is given.
        Refused: the person does not hold the role, or the log is damaged.
    """
    workspace = opened(app)
    path = next((found for found, _ in _steering(workspace) if name in (found, found.rpartition("/")[2])), None)
    if path is None:
        raise Usage(f"There is no steering file `{name}`.", "Name one of .kiro/steering/.")
    governance = governance_of(workspace, parent(parent(path)))
    by = app.git.user()
    held = role or next((wanted for wanted in governance.steering_roles if holds(governance, wanted, by)), "")
    if not held or not holds(governance, held, by):
        wanted = role or " or ".join(governance.steering_roles) or "a role"
        raise Refused(
            f"{path} is not signed off: {by} does not hold {wanted}.",
            'Name who holds it in .kiro/settings.json: "governance": {"roles": …}.',
        )
    raw = workspace.render(path)
    log = workspace.by_path.get(STEERING_LOG)
    if log and read_sign_offs(log.document.render())[1]:
        raise Refused(f"{STEERING_LOG} has a line that is no sign-off; nothing was added.", "Mend it (a merge conflict?), then sign again.")
    made = SteeringSignOff(path=path, digest=digest(raw), role=held, by=by, at=app.clock.now())
    mutation = Mutation(action=AuditAction.STEERING_SIGNED, subject=path, detail=held, after=made.digest)
    applied(app, Plan(f"Sign {path} off", (added(workspace, STEERING_LOG, encode_sign_off(made)),)), mutation)
    commit = ""
    if app.git.is_repository():
        dirty = app.git.dirty((path,))
        commit = app.git.commit(CommitRequest(paths=(*dirty, STEERING_LOG), message=f"Sign {path} off as {held}\n"))
    lacking = tuple(item.role for item in unsigned_steering(opened(app)) if item.path == path)
    return SignedSteering(sign_off=made, commit=commit, lacking=lacking)


def _steering(workspace: Workspace) -> list[tuple[RelPath, Digest]]:
    """List the steering files with the names of their bytes."""
    return [(item.path, digest(item.document.render())) for item in workspace.artefacts if item.kind is ArtefactKind.STEERING]
