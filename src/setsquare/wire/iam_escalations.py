"""Wires what judging escalation paths needs: local files, the repository, and the tables in the package."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from setsquare.adapters.files import DiskFiles
from setsquare.errors import Usage
from setsquare.wire import app_here, load_workspace, workspace_folder
from setsquare.wire.iam import named_file, settings_here, today

if TYPE_CHECKING:
    from setsquare.events.audit import Mutation
    from setsquare.journeys.iam_alerting import AlertWorld
    from setsquare.journeys.iam_escalating import EscalationWorld
    from setsquare.powers.iam.escalation.aws_policies import AwsPolicies
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
        aws=known_policies,
    )


def alert_world() -> AlertWorld:
    """Give what alerting needs, each part made when it is asked for."""
    from setsquare.adapters.notifiers import notifier_for  # noqa: PLC0415  (start-up)
    from setsquare.adapters.told_file import FileTold  # noqa: PLC0415
    from setsquare.journeys.iam_alerting import AlertWorld  # noqa: PLC0415

    return AlertWorld(
        files=settings_here(),
        notifier=lambda channel: notifier_for(channel, _variable),
        told=lambda: FileTold(_state()),
        is_trusted=_is_trusted,
        variable=_variable,
        note=_note,
    )


def known_actions() -> Universe:
    """Give the actions that AWS documents."""
    from setsquare.adapters.iam_tables import universe  # noqa: PLC0415  (start-up)

    return universe()


def known_paths() -> tuple[EscalationPath, ...]:
    """Give the known escalation paths."""
    from setsquare.adapters.iam_paths import escalation_paths  # noqa: PLC0415  (start-up)

    return escalation_paths()


def known_policies() -> AwsPolicies:
    """Give what AWS's own policies grant, as far as the paths need it."""
    from setsquare.adapters.iam_managed import aws_policies  # noqa: PLC0415  (start-up)

    return aws_policies()


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


def _variable(name: str) -> str:
    return os.environ.get(name, "")


def _state() -> str | None:
    """Give the workspace's state folder; `None` where no state can be kept."""
    from setsquare.adapters.state import state_folder  # noqa: PLC0415  (start-up)

    try:
        return state_folder(str(Path(workspace_folder()).resolve()), os.environ)
    except Usage:
        return None


def _is_trusted() -> bool:
    from setsquare.journeys.trusting import Trusted, view  # noqa: PLC0415  (start-up)

    app = app_here()
    return view(app, load_workspace(app.folder)).standing is Trusted.YES


def _note(mutation: Mutation) -> bool:
    return app_here().audit.note(mutation)
