"""Repairs locks that cannot be read whole; the broken file's bytes stay beside the new one."""

from __future__ import annotations

import difflib

from msgspec import Struct

from setsquare.errors import Refused
from setsquare.journeys.app import App
from setsquare.spec.anchor import unanchored
from setsquare.spec.approval import spec_key
from setsquare.spec.identity import criteria_of
from setsquare.spec.lock import LockProblem, lock_path
from setsquare.spec.lock_file import encode_lock, read_lock, spelled
from setsquare.spec.lock_repair import repaired
from setsquare.text.document import decode
from setsquare.text.paths import RelPath
from setsquare.text.plan import Plan, creation, replacement
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec

_TRIES = 100


class Repair(Struct, frozen=True, kw_only=True):
    """One lock that was rebuilt: what was wrong with it, the diff, and where the old bytes are."""

    spec: Spec
    path: RelPath
    kept: RelPath
    problems: tuple[LockProblem, ...]
    diff: str


def repair(app: App, workspace: Workspace, specs: tuple[Spec, ...]) -> tuple[Repair, ...]:
    """Rebuild the broken locks of some specs from the lines that can be used.

    Raises:
        Refused: a lock is of a newer version; nothing was written.
    """
    done: list[Repair] = []
    changes = []
    for spec in specs:
        path = lock_path(spec)
        artefact = workspace.by_path.get(path)
        if artefact is None:
            continue
        raw = artefact.document.render()
        problems = read_lock(raw, spec_key(spec)).problems
        if not problems:
            continue
        lock = repaired(raw, spec_key(spec), frozenset(spelled(unanchored(criterion.text)) for criterion in criteria_of(spec)))
        if lock is None:
            raise Refused(f"{path}:{problems[0].line}: {problems[0].reason}; nothing was written.", f"Mend it: {problems[0].mend}.")
        new = encode_lock(lock)
        kept = _free(app, path)
        changes += [creation(kept, raw), replacement(path, raw, new)]
        diff = difflib.unified_diff(decode(raw).splitlines(), decode(new).splitlines(), f"a/{path}", f"b/{path}", n=1, lineterm="")
        done.append(Repair(spec=spec, path=path, kept=kept, problems=problems, diff="\n".join(diff)))
    if changes:
        app.files.apply(Plan("Repair locks", tuple(changes)))
    return tuple(done)


def _free(app: App, path: RelPath) -> RelPath:
    """Name a file beside the lock that does not exist."""
    names = (f"{path}.broken", *(f"{path}.{number}.broken" for number in range(2, _TRIES)))
    found = next((name for name in names if not app.files.exists(RelPath(name))), None)
    if found is None:
        raise Refused(f"{path} was repaired {_TRIES} times already.", "Delete the `.broken` files that nobody needs.")
    return RelPath(found)
