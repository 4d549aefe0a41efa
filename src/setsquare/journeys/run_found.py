"""Gives a person the version of a file that a run found and put back."""

from __future__ import annotations

from msgspec import Struct

from setsquare.errors import Refused
from setsquare.events.facts import ScopeEnforced
from setsquare.guard.protected import is_secret
from setsquare.journeys.app import App
from setsquare.ports.journal import Journal
from setsquare.text.paths import RelPath
from setsquare.text.plan import Plan, creation

SUFFIX = ".found"


class GivenBack(Struct, frozen=True, kw_only=True):
    """Where the found version of `path` stands now, and the step of the run after which it was found."""

    run: str
    path: RelPath
    to: RelPath
    step: int


# req: guarded-run/4.4
def give_back(app: App, run: str, path: str) -> GivenBack:
    """Write what a file held when the run last put it back to a new file beside it, `<path>.found`; the file itself stays as it is.

    Of a symbolic link, where it led is written.

    Raises:
        Unreadable: there is no such run.
        Refused: the run put no version of this file back, none was recorded, there is such a new file already, its name would give a secret
            away, or another process runs tasks in this workspace.
        WorldFailed: the record cannot be read or the new file not written.
    """
    journal = app.journals.open(run)
    # A command of a running run would seem to have made the new file, and the run would take it away.
    journal.claim()
    try:
        return _given(app, journal, run, RelPath(path.removeprefix("./")))
    finally:
        journal.close()


def _given(app: App, journal: Journal, run: str, path: RelPath) -> GivenBack:
    """Write the newest version that was found."""
    put_back = [entry.event for entry in journal.entries() if isinstance(entry.event, ScopeEnforced) and path in entry.event.reverted]
    if not put_back:
        raise Refused(f"Run `{run}` put no change of `{path}` back.", f"`setsquare log {run}` lists what it put back, by path.")
    for event in reversed(put_back):
        raw = app.checkpoints.read(event.found, path) if event.found else None
        if raw is not None:
            to = _beside(app, path)
            app.files.apply(Plan(f"give back {path} as run {run} found it", (creation(to, raw),)))
            return GivenBack(run=run, path=path, to=to, step=event.step)
    raise Refused(
        f"There is no version of `{path}` to give back: run `{run}` found it deleted, or did not record what it found.",
        "The file itself is as it was before the command.",
    )


def _beside(app: App, path: RelPath) -> RelPath:
    """Name the new file, which nothing may stand in the way of, and which is as hidden from a model as the old one."""
    to = RelPath(path + SUFFIX)
    if is_secret(path) and not is_secret(to):
        raise Refused(f"`{to}` would hold a secret under a name that does not say so.", f"Enter the change in `{path}` again by hand.")
    if app.files.exists(to):
        raise Refused(f"`{to}` exists already.", "Move or delete it, then again.")
    return to
