"""Git for a store's folder: through plumbing that runs no hook, filter or helper."""

# Paths go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH111, PTH112, PTH113, PTH118, PTH120

from __future__ import annotations

import os
import shutil

from setsquare.adapters.files import DiskFiles
from setsquare.adapters.git import GitCommand
from setsquare.adapters.git_process import attempt_git, run_git
from setsquare.adapters.system_view import trusted_path
from setsquare.errors import GitFailed, SetsquareError
from setsquare.ports.git import CommitRequest
from setsquare.ports.store_world import GitState
from setsquare.text.paths import RelPath

_MOST_FILES = 100_000
_BRANCH = "master"
"""What git itself calls the first branch where nobody has said otherwise."""


class ProcessStoreGit:
    """Git for a store's folder, through the git command; keeps nothing."""

    __slots__ = ()

    def is_available(self, folder: str) -> bool:
        """Tell whether there is a git to run for a folder; one that lies in the folder is none."""
        return shutil.which("git", path=trusted_path(folder)) is not None

    def is_repository(self, folder: str) -> bool:
        """Tell whether a folder is the top of a repository."""
        return os.path.lexists(os.path.join(folder, ".git"))

    def around(self, folder: str) -> str:
        """Name the repository above a folder, or the empty string."""
        above = os.path.dirname(folder.rstrip("/"))
        while above and not os.path.lexists(os.path.join(above, ".git")):
            if above == os.path.dirname(above):
                return ""
            above = os.path.dirname(above)
        return above

    def has_person(self, folder: str) -> bool:
        """Tell whether git knows whose name goes on a commit."""
        standing = folder
        while not os.path.isdir(standing):
            standing = os.path.dirname(standing) or os.sep
        return "<" in GitCommand(standing).user()

    def begin(self, folder: str) -> None:
        """Make a folder a repository."""
        branch = f"--initial-branch={_first_branch(folder)}"
        # No template: what it would put there are hooks.
        run_git(("init", "-q", "--template=", branch), {"GIT_DIR": os.path.join(folder, ".git")}, folder)

    def forget(self, folder: str) -> None:
        """Take away the repository that was just begun."""
        shutil.rmtree(os.path.join(folder, ".git"), ignore_errors=True)

    def commit(self, folder: str, paths: tuple[RelPath, ...], message: str) -> None:
        """Commit exactly these files."""
        GitCommand(folder).commit(CommitRequest(paths=paths, message=message))

    def origin(self, folder: str) -> str:
        """Give the address of the remote `origin` of a folder that is the top of a repository; the empty string without one."""
        if not self.is_repository(folder):
            return ""
        places = {"GIT_DIR": os.path.join(folder, ".git")}
        try:
            done = attempt_git(("config", "--local", "--no-includes", "--get", "remote.origin.url"), places, folder)
        except GitFailed:
            return ""
        return done.line if done.code == 0 else ""

    def state(self, folder: str) -> GitState:
        """Look at a repository."""
        try:
            git = GitCommand(folder)
            if not git.is_repository():
                return GitState()
            has_commits = git.head() != ""
            listed = DiskFiles(folder).listing(RelPath(""), _MOST_FILES)
            has_changes = bool(git.uncommitted(dict.fromkeys(listed, "")))
            places = {"GIT_DIR": os.path.join(folder, ".git")}
            has_remote = bool(run_git(("remote",), places, folder).line)
        except (SetsquareError, OSError):
            return GitState()
        return GitState(has_commits=has_commits, has_changes=has_changes, has_remote=has_remote, origin=self.origin(folder))


def _first_branch(folder: str) -> str:
    """Read what the person calls a first branch."""
    home = os.path.expanduser("~")
    config = os.environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    named = (os.environ.get("GIT_CONFIG_GLOBAL") or "", os.path.join(home, ".gitconfig"), os.path.join(config, "git", "config"))
    file = next((path for path in named if path and os.path.isfile(path)), "")
    if not file:
        return _BRANCH
    try:
        done = attempt_git(("config", "--file", file, "--get", "init.defaultBranch"), {"GIT_DIR": os.devnull}, folder)
        known = attempt_git(("check-ref-format", "--branch", done.line), {"GIT_DIR": os.devnull}, folder)
    except GitFailed:
        return _BRANCH
    return done.line if done.code == 0 and known.code == 0 and done.line else _BRANCH
