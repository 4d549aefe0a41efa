"""Wires what judging escalation paths needs: local files, the repository, and the tables in the package."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from setsquare.adapters.files import DiskFiles
from setsquare.errors import Usage
from setsquare.wire import app_here, workspace_folder
from setsquare.wire.iam import named_file, settings_here, today

if TYPE_CHECKING:
    from setsquare.journeys.iam_escalating import EscalationWorld
    from setsquare.powers.iam.escalation.baseline import Accepted
    from setsquare.powers.iam.escalation.model import EscalationPath
    from setsquare.powers.iam.universe import Universe
    from setsquare.text.paths import RelPath

_MOST_FILES = 20_000


def escalation_world() -> EscalationWorld:
    """Give what the command needs, each part made when it is asked for."""
    from setsquare.journeys.iam_escalating import EscalationWorld  # noqa: PLC0415  (start-up)

    return EscalationWorld(
        files=settings_here(),
        named=named_file,
        folder=_folder,
        revision=_revision,
        universe=known_actions,
        paths=known_paths,
        today=today,
        person=_person,
        record=_record,
    )


def known_actions() -> Universe:
    """Give the actions that AWS documents."""
    from setsquare.adapters.iam_tables import universe  # noqa: PLC0415  (start-up)

    return universe()


def known_paths() -> tuple[EscalationPath, ...]:
    """Give the known escalation paths."""
    from setsquare.adapters.iam_paths import escalation_paths  # noqa: PLC0415  (start-up)

    return escalation_paths()


def _folder(path: str, is_wanted: Callable[[str], bool]) -> Mapping[RelPath, bytes] | None:
    """Read the wanted files of a folder; ignored ones and links that lead out of it are left out."""
    from setsquare.errors import StorageFailed  # noqa: PLC0415  (start-up)
    from setsquare.text.paths import RelPath  # noqa: PLC0415

    if not Path(path).is_dir():
        return None
    files = DiskFiles(str(Path(path).resolve()))
    found: dict[RelPath, bytes] = {}
    for name in files.listing(RelPath(""), _MOST_FILES):
        if is_wanted(name):
            try:
                raw = files.read(name)
            except StorageFailed:
                continue
            if raw is not None:
                found[name] = raw
    return found


def _revision(revision: str, is_wanted: Callable[[str], bool]) -> Mapping[RelPath, bytes]:
    from setsquare.adapters.git_revisions import GitRevisions  # noqa: PLC0415  (start-up)

    return GitRevisions(str(Path(workspace_folder()).resolve())).files(revision, is_wanted)


def _person() -> str:
    return app_here().git.user()


def _record(entry: Accepted) -> None:
    """Tell the audit log of an acceptance before it is made."""
    from setsquare.events.audit import AuditAction, Mutation  # noqa: PLC0415  (start-up)

    try:
        app = app_here()
    except Usage:
        return
    detail = f"{entry.path} ({entry.certainty})"
    app.audit.record(Mutation(action=AuditAction.ESCALATION_ACCEPTED, subject=entry.principal, detail=detail, why=entry.reason))
