"""Settles which files a task's agent may read, where its approved lines or the person who starts it limit that.

Source: requirements F16.
"""

from __future__ import annotations

from setsquare.errors import Refused, Usage
from setsquare.guard.context_scope import context_of, named_context
from setsquare.journeys.app import App
from setsquare.text.paths import RelPath, base_name
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Task
from setsquare.workspace.steering import SteeringFile

_WILD = "*?{["


def context_groups(line: tuple[Task, ...], wanted: tuple[str, ...] = ()) -> tuple[tuple[str, ...], ...]:
    """Compile the limits of a task, given with the tasks that it is part of, and of the run (`wanted`, as a person wrote it): each narrows the others."""
    groups = (*(named_context(task.details).group for task in line), context_of(wanted).group)
    return tuple(dict.fromkeys(group for group in groups if group))


def steering_named(workspace: Workspace, root: str, line: tuple[Task, ...]) -> tuple[SteeringFile, ...]:
    """Find the steering files that a task names with `#`, in the order in which they are named; what is missing is left out."""
    known = {_name(file, root): file for file in workspace.steering}
    names = dict.fromkeys(name for task in line for name in named_context(task.details).steering)
    return tuple(known[name] for name in names if name in known)


def require_context(workspace: Workspace, root: str, line: tuple[Task, ...]) -> None:
    """Stop where a task names a context that does not exist.

    Raises:
        Refused: an entry leads out of the workspace, or no steering file has the name.
    """
    known = {_name(file, root) for file in workspace.steering}
    for task in line:
        found = named_context(task.details)
        missing = (*found.wrong, *(f"#{name}" for name in found.steering if name not in known))
        if missing:
            raise Refused(
                f"Task `{task.id or task.title}` limits its context to what does not exist: {', '.join(missing)}.",
                "Name files or folders of the workspace, or `#name` for a steering file, and approve the tasks again.",
            )


def require_paths(app: App, wanted: tuple[str, ...]) -> None:
    """Stop where a person limits a run to files that are not there.

    Raises:
        Usage: a path leads out of the workspace, or nothing stands there.
    """
    for entry in wanted:
        found = context_of((entry,))
        if found.wrong or found.steering or not entry.strip():
            raise Usage(f"--context `{entry}` names no file or folder of the workspace.", "Write it relative to the workspace's folder.")
        place = RelPath(entry.strip().removeprefix("./").strip("/"))
        if not any(sign in entry for sign in _WILD) and not app.files.exists(place):
            raise Usage(f"--context `{entry}`: nothing of that name is in the workspace.", "Write it relative to the workspace's folder.")


def _name(file: SteeringFile, root: str) -> str:
    """Name a steering file as people do: by its path below `steering`, without the ending."""
    return (
        file.path.removeprefix(f"{root}/steering/").removesuffix(".md")
        if file.path.startswith(f"{root}/")
        else base_name(file.path).removesuffix(".md")
    )
