"""Finds permission files on this machine: the administrator's, the user's, those of the workspace that lie outside of it, and our own.

Source: Kiro's on-disk format, section 9. How Kiro names the folder of a workspace below `~/.kiro/workspace-roots` is not documented: a folder is ours when
its name is, or begins, the SHA-256, SHA-1 or MD5 digest of the workspace's absolute path, at least 8 hexadecimal digits of it, or when a file in it
names that path.
"""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH118, PTH208

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator

from setsquare.ports.permissions import PermissionText

_NAMES = ("permissions.yaml", "permissions.yml")
_ROOT_FILES = ("workspace.json", "root.json", "metadata.json", "root", "root.txt", ".root")
_ROOT_KEYS = ("root", "workspaceRoot", "workspace", "path", "uri", "folder")
_DIGEST = re.compile(r"[0-9a-f]{8,64}")
_LIMIT_BYTES = 1_000_000


class PermissionFiles:
    """The permission files that hold for one workspace; `system` is where administrators keep theirs."""

    def __init__(self, folder: str, state_folder: str, home: str, system: str = "/etc") -> None:
        """Take the workspace's folder, our state folder for it, and the person's home folder."""
        self._folder = os.path.realpath(folder)
        self._named = os.path.abspath(folder)  # noqa: PTH100  (a link's own name may be the one that was recorded)
        self._state = state_folder
        self._home = home.rstrip("/")
        self._system = system

    @property
    def home(self) -> str:
        """Give the person's home folder."""
        return self._home

    def texts(self) -> tuple[PermissionText, ...]:
        """Read the files, the outermost first."""
        found = [self._read("administrator", os.path.join(self._system, owner, "managed-settings.json")) for owner in ("kiro", "setsquare")]
        if self._home:
            found += (self._read("user", os.path.join(self._home, ".kiro", "settings", name)) for name in _NAMES)
            found += self._of_workspace(os.path.join(self._home, ".kiro", "workspace-roots"))
        if self._state:
            found += (self._read("machine", os.path.join(self._state, name)) for name in _NAMES)
        return tuple(text for text in found if text is not None)

    def _of_workspace(self, roots: str) -> Iterator[PermissionText | None]:
        """Read the files of the folders that stand for the workspace."""
        try:
            names = sorted(os.listdir(roots))
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            yield PermissionText(place="workspace", path=self._shown(roots), problem=f"it cannot be listed: {error.strerror}")
            return
        for name in names:
            if self._is_ours(os.path.join(roots, name), name.lower()):
                yield from (self._read("workspace", os.path.join(roots, name, file)) for file in _NAMES)

    def _is_ours(self, place: str, name: str) -> bool:
        """Tell whether a folder stands for the workspace."""
        if _DIGEST.fullmatch(name):
            spellings = {path for base in (self._folder, self._named) for path in (base, f"{base}/", f"file://{base}")}
            for spelling in spellings:
                raw = os.fsencode(spelling)
                digests = (hashlib.sha256(raw), hashlib.sha1(raw, usedforsecurity=False), hashlib.md5(raw, usedforsecurity=False))
                if any(digest.hexdigest().startswith(name) for digest in digests):
                    return True
        return any(self._names_us(os.path.join(place, file)) for file in _ROOT_FILES)

    def _names_us(self, path: str) -> bool:
        """Tell whether a file names the workspace's folder."""
        try:
            text = _content(path).decode("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return False
        named = {text}
        if text.startswith("{"):
            try:
                top = json.loads(text)
            except (ValueError, RecursionError):
                return False
            named = {str(top[key]) for key in _ROOT_KEYS if isinstance(top, dict) and isinstance(top.get(key), str)}
        return any(each.removeprefix("file://").rstrip("/") in (self._folder, self._named) for each in named)

    def _read(self, place: str, path: str) -> PermissionText | None:
        """Read one file; `None` when there is none."""
        real = os.path.realpath(path)
        place = "repository" if real == self._folder or real.startswith(f"{self._folder.rstrip('/')}/") else place
        try:
            return PermissionText(place=place, path=self._shown(path), raw=_content(path))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            return PermissionText(place=place, path=self._shown(path), problem=f"it cannot be read: {error.strerror or error}")

    def _shown(self, path: str) -> str:
        """Name a path below the home folder as a person does."""
        return f"~{path[len(self._home) :]}" if self._home and path.startswith(f"{self._home}/") else path


def _content(path: str) -> bytes:
    """Read a plain file up to a limit; a longer one is read one byte further, so that whoever parses it refuses it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "it is no plain file")
        return file.read(_LIMIT_BYTES + 1)
