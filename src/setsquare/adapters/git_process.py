"""Runs git so that no configuration, hook, filter, helper or transport of anybody starts a program.

Source: git(1), git-config(1), githooks(5), gitattributes(5): every key and variable that names a program is overridden here, and the
adapters use plumbing commands that apply no filters.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping

from msgspec import Struct

from setsquare.adapters.system_view import trusted_path
from setsquare.errors import GitFailed
from setsquare.text.paths import quoted

_LIMIT_S = 120.0
_NO_ROOM = ("No space left on device", "Disk quota exceeded", "File too large", "Out of diskspace")
_NOT_PERMITTED = ("Permission denied", "permission denied", "insufficient permission", "Read-only file system")

_OVERRIDES = (
    "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.untrackedCache=false", "core.attributesFile=/dev/null", "core.pager=cat",
    "core.editor=false", "core.sshCommand=false", "core.askPass=false", "core.alternateRefsCommand=false", "core.gitProxy=",
    "credential.helper=", "protocol.allow=never", "commit.gpgSign=false", "tag.gpgSign=false", "tag.forceSignAnnotated=false",
    "gpg.program=false", "gpg.ssh.program=false", "gpg.x509.program=false", "diff.external=", "i18n.commitEncoding=UTF-8", "gc.auto=0",
    "maintenance.auto=false", "safe.directory=*", "core.protectNTFS=false", "core.protectHFS=false", "core.quotePath=false",
)  # fmt: skip

_ENVIRONMENT = {
    "HOME": "/nonexistent",
    "XDG_CONFIG_HOME": "/nonexistent",
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_PAGER": "cat",
    "GIT_EDITOR": "false",
    "GIT_ASKPASS": "false",
    "GIT_SSH_COMMAND": "false",
}


class Done(Struct, frozen=True):
    """How a git command ended."""

    code: int
    output: bytes
    complaint: str

    @property
    def line(self) -> str:
        """Give the output without its line end."""
        return os.fsdecode(self.output).rstrip("\n")


def attempt_git(args: tuple[str, ...], places: Mapping[str, str], folder: str, stdin: bytes = b"", standing: str = "") -> Done:
    """Run a git command in `folder`; `places` are variables such as `GIT_DIR`, which is always given, so that git searches for nothing.

    A git program inside `folder` is never run, also when the command stands in another folder.

    Raises:
        GitFailed: git is not there, or does not end.
    """
    overrides = [part for override in _OVERRIDES for part in ("-c", override)]
    path = trusted_path(folder)
    program = shutil.which("git", path=path)
    if program is None:
        raise GitFailed("cannot run git: it is not on the PATH outside of the workspace", "install git")
    try:
        done = subprocess.run(
            [program, *overrides, *args],
            input=stdin,
            capture_output=True,
            cwd=standing or folder,
            env={"PATH": path, **_ENVIRONMENT, **places},
            timeout=_LIMIT_S,
            check=False,
        )
    except (OSError, ValueError) as error:
        raise GitFailed(f"cannot run git {args[0]}: {error}", "see whether git works in this folder") from error
    except subprocess.TimeoutExpired as error:
        raise GitFailed(f"git {args[0]} did not end within {_LIMIT_S:.0f} s", "see whether the disk responds") from error
    return Done(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace").strip())


def run_git(args: tuple[str, ...], places: Mapping[str, str], folder: str, stdin: bytes = b"", standing: str = "") -> Done:
    """Run a git command that must succeed.

    Raises:
        GitFailed: it did not.
    """
    done = attempt_git(args, places, folder, stdin, standing)
    if done.code != 0:
        reason = done.complaint or (f"signal {-done.code} ended it" if done.code < 0 else f"it ended with code {done.code}")
        raise GitFailed(f"git {args[0]} failed: {reason[:500]}", _hint(done, places))
    return done


def _hint(done: Done, places: Mapping[str, str]) -> str:
    """Say what to look at after a failure."""
    if done.code == -signal.SIGXFSZ or any(sign in done.complaint for sign in _NO_ROOM):
        return "make room on the disk, then again"
    if any(sign in done.complaint for sign in _NOT_PERMITTED):
        return "check the permissions of the folder that it names"
    # The repository of the checkpoints is not the one in which a person would type this.
    return f"see whether the repository is sound with `git --git-dir={quoted(places.get('GIT_DIR', '.git'))} fsck`"


class TreeEntry(Struct, frozen=True):
    """A file in a git tree: `mode` is `100644`, `100755`, `120000` (link) or `160000` (another repository's commit)."""

    mode: str
    name: str


def tree_entries(tree: str, places: Mapping[str, str], folder: str) -> dict[str, TreeEntry]:
    """Read all files of a tree, by path from its top.

    Raises:
        GitFailed: there is no such tree.
    """
    done = run_git(("ls-tree", "-r", "-z", "--full-tree", tree), places, folder)
    found = {}
    for record in done.output.split(b"\0")[:-1]:
        head, _, path = record.partition(b"\t")
        mode, _, name = head.decode("ascii").split(" ")
        found[os.fsdecode(path)] = TreeEntry(mode, name)
    return found


def blobs(names: tuple[str, ...], places: Mapping[str, str], folder: str) -> dict[str, bytes]:
    """Read file contents by object name, with one git process.

    Raises:
        GitFailed: an object is missing or is no file.
    """
    if not names:
        return {}
    raw = run_git(("cat-file", "--batch"), places, folder, "".join(f"{name}\n" for name in names).encode()).output
    found: dict[str, bytes] = {}
    position = 0
    for name in names:
        end = raw.index(b"\n", position)
        head = raw[position:end].split(b" ")
        if len(head) != 3 or head[1] != b"blob":
            raise GitFailed(f"cannot read the file contents {name}: git says {raw[position:end]!r}", "see `git fsck`")
        size = int(head[2])
        found[name] = raw[end + 1 : end + 1 + size]
        position = end + 2 + size
    return found
