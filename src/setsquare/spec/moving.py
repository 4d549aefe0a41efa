"""Plans that a spec moves to another folder with everything that is filed under its name: approvals, lock, history, evidence."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from setsquare.spec.approval import approvals_path, spec_key
from setsquare.spec.evidence import evidence_path
from setsquare.spec.lock import lock_path
from setsquare.spec.spec_history import history_path
from setsquare.text.document import encode
from setsquare.text.paths import RelPath, joined, parent
from setsquare.text.plan import FileChange, creation, removal
from setsquare.workspace.discovery import ARCHIVES
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec

_DEFAULT_ARCHIVE: Final = "_archived"


class Move(Struct, frozen=True, order=True):
    """One file's way."""

    source: RelPath
    target: RelPath


def renamed(spec: Spec, name: str) -> Spec:
    """Give a spec another name, and so another folder below the same root.

    >>> moved = renamed(Spec(name="login", path=RelPath(".kiro/specs/login"), root=RelPath(".kiro")), "auth/login")
    >>> moved.path, moved.is_archived
    ('.kiro/specs/auth/login', False)
    """
    folder = spec.path[: len(spec.path) - len(spec.name)] if spec.path.endswith(spec.name) else ""
    return replace(spec, name=name, path=RelPath(folder + name), is_archived=_is_archive(name))


def archived_name(workspace: Workspace, spec: Spec) -> str:
    """Name a spec in the archive folder that its root has already, else in `_archived`.

    >>> archived_name(Workspace(), Spec(name="login", path=RelPath(".kiro/specs/login"), root=RelPath(".kiro")))
    '_archived/login'
    """
    first = (other.name.split("/")[0] for other in workspace.specs if other.root == spec.root and other.is_archived)
    return f"{next((name for name in first if _is_archive(name)), _DEFAULT_ARCHIVE)}/{spec.name}"


def unarchived_name(spec: Spec) -> str:
    """Name an archived spec outside the archive.

    >>> unarchived_name(Spec(name="_archived/Phase 1/login", path=RelPath(""), root=RelPath("")))
    'Phase 1/login'
    """
    return "/".join(part for part in spec.name.split("/") if part.lower() not in ARCHIVES)


def _is_archive(name: str) -> bool:
    return any(part.lower() in ARCHIVES for part in name.split("/"))


def files_of(workspace: Workspace, spec: Spec) -> tuple[RelPath, ...]:
    """List the loaded files of a spec's folder; those of specs inside it are theirs.

    >>> files_of(Workspace(), Spec(name="login", path=RelPath(".kiro/specs/login"), root=RelPath(".kiro")))
    ()
    """
    inner = {other.path for other in workspace.specs if other.path.startswith(f"{spec.path}/")}
    return tuple(path for path in workspace.paths if path.startswith(f"{spec.path}/") and not _is_below(path, inner))


def _is_below(path: str, folders: set[RelPath]) -> bool:
    above = parent(path)
    while above:
        if above in folders:
            return True
        above = parent(above)
    return False


def moves(workspace: Workspace, spec: Spec, target: Spec) -> tuple[Move, ...]:
    """List the ways of a spec's files and of the records about it, sorted.

    >>> login = Spec(name="login", path=RelPath(".kiro/specs/login"), root=RelPath(".kiro"))
    >>> moves(Workspace(), login, renamed(login, "auth"))
    ()
    """
    found = [Move(path, joined(target.path, path[len(spec.path) + 1 :])) for path in files_of(workspace, spec)]
    records = ((place(spec), place(target)) for place in (approvals_path, lock_path, history_path, evidence_path))
    found += [Move(source, goal) for source, goal in records if source in workspace.by_path]
    return tuple(sorted(found))


def relocation(workspace: Workspace, spec: Spec, target: Spec, move: Move, new: bytes | None = None) -> tuple[FileChange, FileChange]:
    """Plan one move as a creation and a removal; the header of a lock and of evidence follows the name. `new` are the bytes where they change on the way.

    Raises:
        KeyError: the source was not loaded.
    """
    raw = workspace.render(move.source)
    written = raw if new is None else new
    if move.source in {lock_path(spec), evidence_path(spec)}:
        written = relabelled(written, spec, target)
    return creation(move.target, written), removal(move.source, raw)


def relabelled(lock: bytes, spec: Spec, target: Spec) -> bytes:
    """Write another spec's name into the header of a lock or of evidence.

    >>> login = Spec(name="login", path=RelPath(".kiro/specs/login"), root=RelPath(".kiro"))
    >>> relabelled(b'{"setsquare":"trace-lock","v":1,"spec":"login"}', login, renamed(login, "auth"))
    b'{"setsquare":"trace-lock","v":1,"spec":"auth"}'
    """
    head, end, rest = lock.partition(b"\n")
    for old, new in ((spec_key(spec), spec_key(target)), (spec.name, target.name)):
        was, now = (b'"spec":' + msgspec.json.encode(encode(name).decode("utf-8", "backslashreplace")) for name in (old, new))
        if was in head:
            return head.replace(was, now, 1) + end + rest
    return lock
