"""Writes and removes the completion script of a shell, in a file that nobody else writes."""

from __future__ import annotations

from msgspec import Struct

from setsquare.journeys.planning_app import PlanningApp
from setsquare.text.paths import RelPath
from setsquare.text.plan import FileChange, Plan, creation, digest
from setsquare.text.span import Edit, Span


class Place(Struct, frozen=True, kw_only=True):
    """Where a shell's script stands, and what a person does after it was written."""

    folder: str
    name: RelPath
    then: str


def place_of(app: PlanningApp, shell: str) -> Place | None:
    """Say where a shell looks for scripts; `None` for a shell that is not known."""
    data = app.data_folder.rpartition("/")[0]
    config = app.config_folder.rpartition("/")[0]
    match shell:
        case "bash":
            then = "Restart your shell. The package bash-completion finds the script by itself."
            return Place(folder=f"{data}/bash-completion/completions", name=RelPath("setsquare"), then=then)
        case "zsh":
            folder = f"{data}/zsh/site-functions"
            then = f"Add to ~/.zshrc, before compinit: fpath=({folder} $fpath)"
            return Place(folder=folder, name=RelPath("_setsquare"), then=then)
        case "fish":
            return Place(
                folder=f"{config}/fish/completions",
                name=RelPath("setsquare.fish"),
                then="New shells of fish find the script by themselves.",
            )
        case "powershell":
            folder = f"{config}/powershell"
            return Place(folder=folder, name=RelPath("setsquare.ps1"), then=f"Add to your profile: . {folder}/setsquare.ps1")
        case _:
            return None


def install_script(app: PlanningApp, place: Place, script: bytes) -> None:
    """Write the script, over an older one.

    Raises:
        StorageFailed: the file cannot be written.
    """
    files = app.made(place.folder)
    old = files.read(place.name)
    if old == script:
        return
    change = creation(place.name, script) if old is None else FileChange(place.name, digest(old), (Edit(Span(0, len(old)), script),))
    files.apply(Plan("install a completion script", (change,)))


def remove_script(app: PlanningApp, place: Place, script: bytes) -> str:
    """Remove the script; why it was not removed as a sentence, empty when it was.

    Raises:
        StorageFailed: the file cannot be removed.
    """
    where = f"{place.folder}/{place.name}"
    raw = app.planning.read(place.folder, place.name)
    if not isinstance(raw, bytes):
        return "Completion script is not installed"
    if b"setsquare" not in raw or (raw != script and b"_SETSQUARE_COMPLETE" not in raw and b"CommandName setsquare" not in raw):
        return f"{where} is not what was installed; remove it by hand"
    app.files(place.folder).apply(Plan("remove a completion script", (FileChange(place.name, digest(raw), (), is_removal=True),)))
    return ""
