"""Lays a case's files out as a git repository with one commit, in a new folder."""

from __future__ import annotations

import subprocess
from pathlib import Path

from setsquare.errors import GitFailed, Refused, StorageFailed
from setsquare.text.paths import RelPath

_STEPS = (
    ("init", "-q", "-b", "main"),
    ("config", "user.name", "Case"),
    ("config", "user.email", "case@invalid"),
    ("add", "-A", "-f"),
    ("-c", "core.hooksPath=/dev/null", "commit", "-q", "--allow-empty", "-m", "The case's files"),
)


def lay_out(folder: Path, files: tuple[tuple[RelPath, bytes], ...]) -> None:
    """Write files below a folder that does not exist yet, and commit them; nothing of the user's git configuration takes part.

    Raises:
        Refused: a path leads out of the folder or into `.git`.
        StorageFailed: they cannot be written.
        GitFailed: git is missing or failed.
    """
    for path, _ in files:
        parts = path.split("/")
        if path.startswith("/") or "\\" in path or "\0" in path or any(part in {"", ".", ".."} for part in parts) or _is_git(parts):
            raise Refused(f"The case names the path `{path}`, which is none below its own folder.", "Do not use this case.")
    try:
        folder.mkdir(parents=True)
        for path, raw in files:
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(raw)
    except OSError as error:
        raise StorageFailed(f"The case's files could not be written to {folder}: {error}.", "Check the free space.") from error
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "HOME": str(folder),
    }
    for step in _STEPS:
        try:
            done = subprocess.run(
                ("git", *step), cwd=folder, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
            )
        except FileNotFoundError as error:
            raise GitFailed("git is not installed, and a case is played in a repository.", "Install git.") from error
        if done.returncode:
            raise GitFailed(f"`git {step[0]}` failed in {folder}: {done.stderr.strip()[:300]}.", "Try again.")


def _is_git(parts: list[str]) -> bool:
    """Tell whether a path leads into a repository's own folder, in any spelling that some file system takes for it."""
    return any(part.casefold().rstrip(". ").startswith((".git", "git~")) and part not in _PLAIN_GIT for part in parts)


_PLAIN_GIT = frozenset({".gitignore", ".gitattributes", ".gitmodules", ".gitkeep", ".github", ".gitlab", ".gitlab-ci.yml"})
