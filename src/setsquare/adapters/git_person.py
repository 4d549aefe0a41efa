"""Reads who works here as git is told: name and mail."""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH113, PTH116, PTH118, PTH123

from __future__ import annotations

import os
from collections.abc import Mapping

from setsquare.adapters.git_place import Repository
from setsquare.adapters.git_process import attempt_git

_KEYS = ("user.name", "user.email")
_FILES = ("HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL")
_NAMED = tuple(f"GIT_{role}_{what}" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL"))

_NOBODY = ("Setsquare", "setsquare@localhost")

_Key = tuple[object, ...]


class ConfiguredPerson:
    """Name and mail of the repository's and the user's own configuration; git reads them again when one of its files has changed."""

    __slots__ = ("_folder", "_known")

    def __init__(self, folder: str) -> None:
        """Run git for a workspace's folder."""
        self._folder = folder
        self._known: tuple[_Key, tuple[str, str]] | None = None

    def named(self, repository: Repository | None) -> tuple[str, str]:
        """Give name and mail, each empty where nothing says it.

        Without any, those that git's own variables name, as on a build server.

        Raises:
            GitFailed: git is missing, or does not end.
        """
        user = _reachable({name: os.environ[name] for name in _FILES if os.environ.get(name)})
        own = repository.places if repository else {"GIT_DIR": os.devnull}
        files = (os.path.join(own["GIT_DIR"], "config"), user["GIT_CONFIG_GLOBAL"])
        key = (*map(_mark, files), *sorted(user.items()), *(os.environ.get(name, "") for name in _NAMED), self._folder)
        known = self._known
        if known is None or known[0] != key:
            known = (key, _asked(files[0], user, own, self._folder))
            # What a file includes could change without it.
            self._known = None if _includes(files[1]) else known
        return known[1]

    def variables(self, repository: Repository) -> dict[str, str]:
        """Name author and committer to git, so that it asks nobody; who is not configured is the platform itself.

        Raises:
            GitFailed: as above.
        """
        name, mail = self.named(repository)
        if not (name and mail):
            name, mail = _NOBODY
        return dict(zip(_NAMED, (name, mail) * 2, strict=True))


def _mark(path: str) -> tuple[str, tuple[int, ...]]:
    """Say what a file is like."""
    try:
        found = os.stat(path)
    except OSError:
        return path, ()
    return path, (found.st_dev, found.st_ino, found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _includes(path: str) -> bool:
    """Tell whether a file names others that count, or cannot be read."""
    try:
        with open(path, "rb") as file:
            return b"include" in file.read().lower()
    except FileNotFoundError:
        return False
    except OSError:
        return True


def _asked(config: str, user: Mapping[str, str], own: Mapping[str, str], folder: str) -> tuple[str, str]:
    """Read name and mail as data: `git config` starts nothing."""
    name, mail = _told(config, user, own, folder)
    if name and mail:
        return name, mail
    pairs = zip(_NAMED[::2], _NAMED[1::2], strict=True)
    named = next(((name, mail) for name, mail in pairs if os.environ.get(name) and os.environ.get(mail)), None)
    return (_plain(os.environ[named[0]]), _plain(os.environ[named[1]])) if named else (name, mail)


def _plain(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable() and letter not in "<>").strip()


def _told(config: str, user: Mapping[str, str], own: Mapping[str, str], folder: str) -> tuple[str, str]:
    """Look for name and mail in the repository, and for what it does not say in the user's own files; one git process reads both from either."""
    sources: list[tuple[str, ...]] = [("--file", config, "--no-includes")] if os.path.isfile(config) else []
    sources.append(("--global", "--includes"))
    found: dict[str, str] = {}
    for source in sources:
        done = attempt_git(("config", *source, "--null", "--get-regexp", r"^user\.(name|email)$"), {**own, **user}, folder)
        said = dict(record.partition("\n")[::2] for record in os.fsdecode(done.output).split("\0")[:-1]) if done.code == 0 else {}
        # Of a key that a source gives several times, the last counts, also when it is empty: then the next source is asked.
        found = {key: text for key, value in said.items() if (text := _plain(value))} | found
        if len(found) == len(_KEYS):
            break
    return found.get(_KEYS[0], ""), found.get(_KEYS[1], "")


def _reachable(user: Mapping[str, str]) -> dict[str, str]:
    """Name the user's own configuration file for git, which is told to read none otherwise."""
    if "GIT_CONFIG_GLOBAL" in user:
        return dict(user)
    home = user.get("HOME", os.devnull)
    candidates = (
        os.path.join(home, ".gitconfig"),
        os.path.join(user.get("XDG_CONFIG_HOME", os.path.join(home, ".config")), "git", "config"),
    )
    return {**user, "GIT_CONFIG_GLOBAL": next((path for path in candidates if os.path.isfile(path)), os.devnull)}
