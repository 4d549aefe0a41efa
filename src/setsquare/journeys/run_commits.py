"""Takes a run's commits back by a commit of their opposite on the current branch, whatever was committed since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from setsquare.errors import GitFailed, Usage
from setsquare.events.facts import Committed, Event, RunStarted
from setsquare.journeys.app import App
from setsquare.journeys.run_undo import Stretch, undone
from setsquare.ports.git import CommitRequest
from setsquare.ports.trees import Held
from setsquare.text.paths import RelPath

_MOST_COMMITS = 2_000


class Commits(Struct, frozen=True, kw_only=True):
    """A run's commits by name, oldest first; `away` says that the current branch has none of them, and is empty where it has one."""

    names: tuple[str, ...] = ()
    away: str = ""


def commits_of(app: App, run: str, events: Iterable[Event], task: str = "") -> Commits:
    """Name a run's commits and look for them in the current branch, by name or, where somebody rebased them, by the run that they name."""
    names = tuple(event.commit for event in events if isinstance(event, Committed) and task in {"", event.task})
    if not names or any(_is_in_branch(app, name) for name in names):
        return Commits(names=names)
    if any(("Run", run) in commit.trailers for commit in app.history.commits(limit=_MOST_COMMITS)):
        return Commits(names=names)
    shown = ", ".join(name[:10] for name in names[:3])
    return Commits(
        names=names, away=f"The run's commits ({shown}) are not in the current branch; `git branch --contains {names[-1][:10]}`."
    )


def _is_in_branch(app: App, name: str) -> bool:
    """Tell whether the current branch has a commit; where the history cannot be asked, it counts as there if git can read it at all."""
    try:
        return app.history.base(name) == name
    except (GitFailed, Usage):
        return not app.history.commits(limit=1) and _is_readable(app, name)


def _is_readable(app: App, name: str) -> bool:
    try:
        app.git.show(name, RelPath(".gitignore"))
    except (GitFailed, StopIteration):
        return False
    return True


def commit_back(
    app: App, begun: RunStarted, commits: Commits, chains: Mapping[RelPath, tuple[Stretch, ...]], renames: Mapping[RelPath, RelPath]
) -> str:
    """Commit the current branch's files without what the run wrote; give the commit's name, empty where there is nothing to take back.

    What people have not committed is not committed with it: the files are taken from the branch, not from the disk.

    Raises:
        GitFailed: git said no.
    """
    if not commits.names or commits.away:
        return ""
    held: dict[RelPath, Held | None] = {}
    for path, groups in chains.items():
        at, raw = path, app.git.show("HEAD", path)
        if raw is None and path in renames:
            at, raw = renames[path], app.git.show("HEAD", renames[path])
        mode = next((held.mode for group in reversed(groups) for held in (group.last, group.first) if held is not None), "100644")
        result = undone(at, path, None if raw is None else Held(mode, raw), groups)
        if result.is_changed and not result.reason:
            held[at] = result.target
    if not held:
        return ""
    message = f"Revert run {begun.run}\n\nSpec: {begun.spec}\nReverts-Run: {begun.run}\n"
    return app.git.commit(CommitRequest(paths=tuple(held), message=message, held=held))
