"""What a team demands of a change before it is archived, and whether it is approved as it is.

The demands stand in `governance` of `.kiro/settings.json`, beside `openspec/` or in a folder above it up to the repository's top: where one of these files demands
something, it holds. Approvals are those of `setsquare approve`.
"""

from __future__ import annotations

from msgspec import Struct

from setsquare.journeys.planning_app import PlanningApp
from setsquare.ports.planning import EntryKind, Unreadable
from setsquare.text.paths import RelPath, joined
from setsquare.workspace.settings import Governance

_SETTINGS = RelPath(".kiro/settings.json")
_CHANGES = "openspec/changes"


class Demands(Struct, frozen=True, kw_only=True):
    """What is demanded; `governance` are the rules about who approves, of the nearest file."""

    is_valid: bool = False
    is_approved: bool = False
    governance: Governance = Governance()


class Lack(Struct, frozen=True, kw_only=True):
    """Why a change counts as not approved; `is_edited` when it was approved and is not any more what was approved."""

    path: RelPath
    reason: str
    is_edited: bool
    command: str


def demands_of(app: PlanningApp, root: str) -> Demands:
    """Read what is demanded for a root; a file that cannot be read demands everything."""
    found: list[Governance] = []
    for folder in folders_upwards(app, root):
        raw = app.planning.read(folder, _SETTINGS)
        if raw is not None:
            found.append(_governance(raw))
    if not found:
        return Demands()
    own = next((one for one in found if one != Governance()), Governance())
    return Demands(
        is_valid=any(one.archives_valid for one in found), is_approved=any(one.archives_approved for one in found), governance=own
    )


# req: openspec-interop/3.7
def lacking_approval(app: PlanningApp, root: str, change: str, governance: Governance) -> Lack | None:
    """Hold the approvals of a change's proposal, with its deltas, and of its design, where it has one, against the files as they are.

    Ticking a task's box voids nothing: the task list is no part of what is approved here.
    """
    from setsquare.spec.approval import Standing, approval_state  # noqa: PLC0415  (start-up: few teams demand approvals)
    from setsquare.spec.signoff import judged  # noqa: PLC0415
    from setsquare.spec.stage import Stage  # noqa: PLC0415
    from setsquare.spec.stage_documents import composed  # noqa: PLC0415
    from setsquare.text.markdown import scan  # noqa: PLC0415
    from setsquare.text.paths import quoted  # noqa: PLC0415
    from setsquare.workspace.layout import selects  # noqa: PLC0415

    folder = joined(_CHANGES, change)
    prefix, log = _log(app, root, folder)
    placed = joined(prefix, folder)
    paths = [entry.path for entry in app.planning.walk(root, folder) if entry.kind is EntryKind.FILE and selects(entry.path)]
    raws = app.planning.read_all(root, tuple(paths))
    unread = next((path for path, raw in zip(paths, raws, strict=True) if not isinstance(raw, bytes)), None)
    if unread is not None or isinstance(log, Unreadable):
        what = unread or joined(".setsquare/approvals", f"{placed}.jsonl")
        return Lack(path=RelPath(what), reason="it cannot be read", is_edited=False, command="")
    files = {joined(prefix, path): raw for path, raw in zip(paths, raws, strict=True) if isinstance(raw, bytes)}
    design = files.get(joined(placed, "design.md"))
    stages = [(Stage.REQUIREMENTS, joined(folder, "proposal.md"), composed(placed, files))]
    if design is not None and design.strip():
        stages.append((Stage.DESIGN, joined(folder, "design.md"), scan(joined(placed, "design.md"), design)))
    for stage, path, document in stages:
        state = judged(governance, stage, approval_state(stage, document, log))
        if not state.is_valid:
            command = f"setsquare approve {quoted(f'changes/{change}')} {stage.value}"
            return Lack(path=path, reason=state.reason, is_edited=state.standing is Standing.VOID, command=command)
    return None


def _log(app: PlanningApp, root: str, folder: RelPath) -> tuple[RelPath, bytes | Unreadable | None]:
    """Find the approvals of a change in the workspace that holds the root: the folder's path in it, and the file's bytes."""
    for place in folders_upwards(app, root):
        prefix = RelPath(root[len(place.rstrip("/")) + 1 :])
        raw = app.planning.read(place, joined(".setsquare/approvals", prefix, f"{folder}.jsonl"))
        if raw is not None:
            return prefix, raw
    return RelPath(""), None


def folders_upwards(app: PlanningApp, root: str) -> list[str]:
    """List a folder and those above it up to the top of its repository, which is the folder itself where there is none."""
    found = [root.rstrip("/") or "/"]
    while not _is_top(app, found[-1]):
        above = found[-1].rpartition("/")[0] or "/"
        if above in (found[-1], app.home):
            return found[:1]
        found.append(above)
    return found


def _is_top(app: PlanningApp, folder: str) -> bool:
    """Tell whether a repository begins here."""
    raw = app.planning.read(folder, RelPath(".git"))
    return raw is not None


def _governance(raw: bytes | Unreadable) -> Governance:
    from setsquare.text import json_document  # noqa: PLC0415  (start-up: many roots have no such file)
    from setsquare.workspace.settings_reader import read_settings  # noqa: PLC0415

    # What cannot be read is treated as what is no settings file: everything is demanded.
    return read_settings(json_document.scan(_SETTINGS, raw if isinstance(raw, bytes) else b"")).governance
