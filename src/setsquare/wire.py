"""The only composition root: a folder and an environment in, adapters chosen, one frozen `App` out."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from setsquare.adapters.files import DiskFiles
from setsquare.errors import Usage
from setsquare.journeys.app import App
from setsquare.ports.approver import Approver
from setsquare.ports.language_model import LanguageModel
from setsquare.ports.sandbox import Sandbox
from setsquare.workspace.load import load
from setsquare.workspace.model import Workspace
from setsquare.workspace.settings import ModelProfile

_MARKS = (".kiro", ".setsquare", "openspec", ".specify")


def load_workspace(path: str | os.PathLike[str]) -> Workspace:
    """Load the workspace of a folder on this machine's disk.

    Raises:
        setsquare.errors.Unreadable: `path` is missing, not a folder, or not permitted.
    """
    snapshot = DiskFiles(path).whole()
    return load(snapshot.files, snapshot.skipped, snapshot.inside)


def app_for(
    folder: str | os.PathLike[str], *, is_sandboxed: bool = False, approver: Approver | None = None, model: LanguageModel | None = None
) -> App:
    """Build the app of one workspace folder on this machine.

    The sandbox is looked for only when `is_sandboxed`, because finding one runs a confined command. `approver` answers in place of a person at the terminal, `model` in place of the provider that a profile names; the command line gives
    neither.

    Raises:
        setsquare.errors.Unreadable: `folder` is missing, not a folder, or not permitted.
    """
    from setsquare.adapters.checkpoints import ShadowCheckpoints  # noqa: PLC0415  (start-up: `check` needs none of these)
    from setsquare.adapters.clock import SystemClock  # noqa: PLC0415
    from setsquare.adapters.git import GitCommand  # noqa: PLC0415
    from setsquare.adapters.journal import FileJournals  # noqa: PLC0415
    from setsquare.adapters.leftovers import clear_leftovers  # noqa: PLC0415
    from setsquare.adapters.state import state_folder  # noqa: PLC0415
    from setsquare.adapters.trust_file import FileTrust  # noqa: PLC0415

    files, clock = DiskFiles(folder), SystemClock()
    place = str(Path(folder).resolve())
    state = state_folder(place, os.environ)
    clear_leftovers(place)
    return App(
        folder=place,
        files=files,
        git=GitCommand(place),
        checkpoints=ShadowCheckpoints(place, state),
        sandbox=find_sandbox(place) if is_sandboxed else None,
        approver=approver or _approver(),
        trust=FileTrust(state),
        journals=FileJournals(state, clock),
        clock=clock,
        model=(lambda _profile: model) if model else _model,
        progress=_progress(),
    )


def app_here(*, is_sandboxed: bool = False) -> App:
    """Build the app of the workspace that the current folder lies in."""
    return app_for(workspace_folder(), is_sandboxed=is_sandboxed)


# req: tour/2.4
def tour_world(into: str | None) -> tuple[App, Path]:
    """Copy the sample project to a new folder and build its app with the recorded model and the recorded person.

    This is the one place where recorded answers come in.

    Raises:
        setsquare.errors.Refused: the folder exists already.
        setsquare.errors.GitFailed: git is missing.
    """
    from setsquare.adapters.approver_recorded import RecordedApprover  # noqa: PLC0415  (start-up)
    from setsquare.adapters.sample import Sample, new_folder  # noqa: PLC0415
    from setsquare.adapters.scripted import Scripted  # noqa: PLC0415

    folder = Path(into).absolute() if into else new_folder(Path.cwd(), "setsquare-tour")
    sample = Sample()
    sample.copy_to(folder)
    app = app_for(folder, is_sandboxed=True, approver=RecordedApprover(sample.answers), model=Scripted(sample.turns))
    return app, folder


def workspace_of(paths: tuple[str, ...]) -> Workspace:
    """Load the folder that a person named, else the workspace that the current folder lies in.

    Raises:
        setsquare.errors.Usage: more than one folder is named.
        setsquare.errors.Unreadable: the folder is missing or not permitted.
    """
    if len(paths) > 1:
        raise Usage(f"Name one folder, not {len(paths)}.", "Run the command once for each.")
    return load_workspace(paths[0] if paths else workspace_folder())


def files_at(folder: str | os.PathLike[str]) -> DiskFiles:
    """Give the files of a folder alone, for journeys that need nothing else of the world."""
    from setsquare.adapters.leftovers import clear_leftovers  # noqa: PLC0415  (`setsquare --version` needs none of it)

    clear_leftovers(os.fspath(folder))
    return DiskFiles(folder)


def workspace_folder() -> str:
    """Find the nearest folder upwards that holds a spec tree or a repository, else the current folder.

    The search ends below the home folder, where every tool keeps its own settings under the same names.
    """
    try:
        here = Path.cwd()
    except FileNotFoundError:
        raise Usage("The current folder does not exist any more.", "Change to a folder that exists.") from None
    for folder in (here, *here.parents):
        if folder == Path.home() and folder != here:
            break
        if any((folder / mark).is_dir() for mark in _MARKS) or (folder / ".git").exists():
            return str(folder)
    return str(here)


def find_sandbox(folder: str) -> Sandbox | None:
    """Choose the strongest sandbox that works on this machine, `None` when there is none."""
    from setsquare.adapters.sandboxes import find  # noqa: PLC0415  (start-up)

    return find(folder)


def _approver() -> Approver:
    """Choose who is asked: the person at the terminal, else nobody."""
    if sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty():
        from setsquare.adapters.approver_terminal import TerminalApprover  # noqa: PLC0415  (start-up)

        return TerminalApprover()
    from setsquare.adapters.approver_absent import AbsentApprover  # noqa: PLC0415  (start-up)

    return AbsentApprover()


def _model(profile: ModelProfile) -> LanguageModel:
    """Build the adapter that a profile names."""
    from setsquare.adapters.models import build  # noqa: PLC0415  (start-up: httpx comes with it)

    return build(profile, os.environ)


def _progress() -> Callable[[str], None]:
    """Show progress on a terminal only."""
    if not sys.stderr.isatty():
        return lambda _line: None

    def show(line: str) -> None:
        sys.stderr.write(f"  {line}\n")
        sys.stderr.flush()

    return show
