"""Gives out the sample project that the package ships, with the recording that belongs to it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from setsquare.adapters.approver_recorded import RecordedAnswer, read_answers
from setsquare.adapters.scripted import Turn, read_script
from setsquare.adapters.system_view import trusted_path
from setsquare.errors import GitFailed, Refused, StorageFailed

_SAMPLES = Path(__file__).resolve().parent.parent / "samples"
_PERSON = ("Robin Example", "robin@example.org")


class Sample:
    """The sample project: its files, what the model said, what the person answered."""

    @property
    def turns(self) -> tuple[Turn, ...]:
        """Give the model's part."""
        return read_script((_SAMPLES / "accounts-model.jsonl").read_bytes())

    @property
    def answers(self) -> tuple[RecordedAnswer, ...]:
        """Give the person's part."""
        return read_answers((_SAMPLES / "accounts-answers.jsonl").read_bytes())

    def copy_to(self, folder: Path) -> None:
        """Copy the project into a new folder and make it a git repository with one commit.

        Raises:
            Refused: the folder exists.
            StorageFailed: it cannot be written.
            GitFailed: git is missing or failed.
        """
        if folder.exists() or folder.is_symlink():
            raise Refused(
                f"{folder} exists already; the tour writes into a new folder only.", "Name another: `setsquare tour --into FOLDER`."
            )
        try:
            shutil.copytree(_SAMPLES / "accounts", folder, ignore=shutil.ignore_patterns("__pycache__"))
            (folder / ".gitignore").write_text("__pycache__/\n")
        except OSError as error:
            raise StorageFailed(
                f"The sample project could not be copied to {folder}: {error.strerror}.",
                "Name a folder that can be written: `--into FOLDER`.",
            ) from error
        _first_commit(folder)


def new_folder(parent: Path, name: str) -> Path:
    """Name a folder that does not exist yet: `name`, else `name-2` and so on."""
    candidates = (parent / (name if number == 1 else f"{name}-{number}") for number in range(1, 10_000))
    return next(folder for folder in candidates if not folder.exists() and not folder.is_symlink())


def _first_commit(folder: Path) -> None:
    """Make a repository of a folder; nothing of the user's git configuration takes part."""
    name, mail = _PERSON
    environment = {"PATH": _path(folder), "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(folder)}
    for command in (
        ["init", "-q", "-b", "main"],
        ["config", "user.name", name],
        ["config", "user.email", mail],
        ["add", "-A"],
        ["-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "The sample project"],
    ):
        try:
            done = subprocess.run(
                ["git", *command], cwd=folder, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
            )
        except FileNotFoundError as error:
            raise GitFailed(
                "git is not installed, and the tour commits what it builds.", "On Debian or Ubuntu: sudo apt-get install -y git"
            ) from error
        if done.returncode:
            raise GitFailed(
                f"`git {command[0]}` failed in {folder}: {done.stderr.strip()[:300]}.",
                "Try another folder: `setsquare tour --into FOLDER`.",
            )


def _path(folder: Path) -> str:
    """Give the PATH under which git is found, outside of the project in which the person stands."""
    found = shutil.which("git", path=trusted_path(str(folder)))
    return f"{Path(found).parent}:/usr/bin:/bin" if found else "/usr/bin:/bin"
