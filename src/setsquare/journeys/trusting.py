"""Shows what would become active in a workspace and records a person's consent to it."""

from __future__ import annotations

import enum

from msgspec import Struct

from setsquare.agent.brief import hides
from setsquare.errors import NotTrusted
from setsquare.events.audit import AuditAction, Mutation
from setsquare.journeys.app import App
from setsquare.journeys.on_record import on_record
from setsquare.ports.trust import TrustRecord
from setsquare.text.counted import counted
from setsquare.text.paths import RelPath
from setsquare.text.plan import digest
from setsquare.workspace.artefact import ArtefactKind
from setsquare.workspace.model import Workspace

ACTIVE = frozenset({
    ArtefactKind.SETTINGS, ArtefactKind.PERMISSIONS, ArtefactKind.HOOK, ArtefactKind.AGENT, ArtefactKind.MCP, ArtefactKind.STEERING,
    ArtefactKind.SKILL, ArtefactKind.PROMPT, ArtefactKind.POWER, ArtefactKind.INSTRUCTIONS, ArtefactKind.SOURCES,
})  # fmt: skip
"""Kinds of files that steer or start something, or lead out of the workspace; spec documents are not among them, because approvals bind those."""


class Trusted(enum.Enum):
    """What the recorded trust is worth now."""

    YES = "trusted"
    CHANGED = "changed"
    NO = "untrusted"


class ActiveFile(Struct, frozen=True, kw_only=True):
    """A file that would become active; `is_new` when it was not part of the last trust, or is different now.

    `unseen` says that it holds characters or comments that a reader does not see.
    """

    path: RelPath
    kind: str
    digest: str
    is_new: bool
    unseen: bool = False


class TrustView(Struct, frozen=True, kw_only=True):
    """Everything that would become active, named by one digest; `removed` are files of the last trust that are gone."""

    standing: Trusted
    digest: str
    files: tuple[ActiveFile, ...]
    removed: tuple[str, ...] = ()
    by: str = ""
    at: str = ""


def view(app: App, workspace: Workspace) -> TrustView:
    """Hold the recorded trust against the workspace as it is."""
    record = app.trust.current()
    known = dict(record.files) if record else {}
    files = tuple(_active(artefact.path, artefact.kind, workspace, known) for artefact in workspace.artefacts if artefact.kind in ACTIVE)
    # In a form in which no file's name can pass for another entry.
    whole = digest(repr([(item.digest, str(item.path)) for item in files]).encode("utf-8", "surrogateescape"))
    if record is None:
        return TrustView(standing=Trusted.NO, digest=whole, files=files)
    standing = Trusted.YES if record.digest == whole else Trusted.CHANGED
    removed = tuple(sorted(known.keys() - {item.path for item in files}))
    return TrustView(standing=standing, digest=whole, files=files, removed=removed, by=record.by, at=record.at)


def _active(path: RelPath, kind: ArtefactKind, workspace: Workspace, known: dict[str, str]) -> ActiveFile:
    """Describe one active file."""
    raw = workspace.render(path)
    named = digest(raw)
    unseen = hides(raw.decode("utf-8", "replace"))
    return ActiveFile(path=path, kind=kind.value, digest=named, is_new=known.get(path) != named, unseen=unseen)


def grant(app: App, workspace: Workspace) -> TrustView:
    """Trust the workspace as it is now."""
    current = view(app, workspace)
    files = tuple((item.path, item.digest) for item in current.files)
    record, before = TrustRecord(digest=current.digest, by=app.git.user(), at=app.clock.now(), files=files), app.trust.current()
    mutation = Mutation(
        action=AuditAction.TRUSTED,
        subject=app.folder,
        detail=counted(len(files), "file"),
        before=before.digest if before else "",
        after=current.digest,
    )
    with on_record(app.audit, mutation):
        app.trust.grant(record)
    return view(app, workspace)


def revoke(app: App) -> None:
    """Take trust back; that is never held up by the audit log.

    Raises:
        StorageFailed: the record could not be removed.
    """
    before = app.trust.current()
    app.trust.revoke()
    app.audit.note(Mutation(action=AuditAction.TRUST_REVOKED, subject=app.folder, before=before.digest if before else ""))


def is_trusted(app: App, workspace: Workspace) -> bool:
    """Tell whether a person trusts exactly these bytes."""
    return view(app, workspace).standing is Trusted.YES


def require_trust(app: App, workspace: Workspace) -> None:
    """Stop unless a person trusts the workspace as it is.

    Raises:
        NotTrusted: nobody trusts it, or something active changed since.
    """
    current = view(app, workspace)
    if current.standing is Trusted.YES:
        return
    if current.standing is Trusted.NO:
        raise NotTrusted(
            "This workspace is not trusted, so nothing of it may run.", "Read what would become active, then allow it: `setsquare trust`."
        )
    gone = tuple(f"{path} (removed)" for path in current.removed)
    changed = ", ".join((*(item.path for item in current.files if item.is_new), *gone)) or "a file was removed"
    raise NotTrusted(f"Active files changed since the workspace was trusted: {changed}.", "Read them, then trust again: `setsquare trust`.")


def may_extend(app: App, workspace: Workspace) -> bool:
    """Tell whether trust may follow what Setsquare itself is about to write: it holds now, or there is nothing active yet."""
    current = view(app, workspace)
    return current.standing is Trusted.YES or (current.standing is Trusted.NO and not current.files)
