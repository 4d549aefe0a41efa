"""Runs git so that no configuration, hook, filter, helper or transport of anybody starts a program.

Source: git(1), git-config(1), githooks(5), gitattributes(5): every key and variable that names a program is overridden here, and the
adapters use plumbing commands that apply no filters.
"""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH123

from __future__ import annotations

import contextlib
import os
import resource
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence

from msgspec import Struct

from setsquare.adapters.system_view import trusted_path
from setsquare.errors import GitFailed
from setsquare.text.paths import quoted

_LIMIT_S = 120.0
_MOST_COMPLAINT = 4_000
_MOST_MEMORY = 1 << 30
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


def attempt_git(
    args: tuple[str, ...], places: Mapping[str, str], folder: str, stdin: bytes = b"", standing: str = "", most_bytes: int | None = None
) -> Done:
    """Run a git command in `folder`; `places` are variables such as `GIT_DIR`, which is always given, so that git searches for nothing.

    A git program inside `folder` is never run, also when the command stands in another folder. One that writes more than `most_bytes` is killed,
    as is one that takes a gigabyte of memory then, and what it wrote until then counts: a history of some kilobytes can list more than the memory holds.

    Raises:
        GitFailed: git is not there, or does not end.
    """
    overrides = [part for override in _OVERRIDES for part in ("-c", override)]
    path = trusted_path(folder)
    program = shutil.which("git", path=path)
    if program is None:
        raise GitFailed("cannot run git: it is not on the PATH outside of the workspace", "install git")
    try:
        return _run([program, *overrides, *args], stdin, standing or folder, {"PATH": path, **_ENVIRONMENT, **places}, most_bytes)
    except (OSError, ValueError) as error:
        raise GitFailed(f"cannot run git {args[0]}: {error}", "see whether git works in this folder") from error
    except subprocess.TimeoutExpired as error:
        raise GitFailed(f"git {args[0]} did not end within {_LIMIT_S:.0f} s", "see whether the disk responds") from error


class _Awaited(subprocess.Popen[bytes]):
    """A process whose end is noticed at once; the library looks for it again and again, with pauses, where there is a limit of time."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end."""
        if timeout is not None and self.returncode is None and hasattr(os, "pidfd_open"):
            with contextlib.suppress(OSError):
                end = os.pidfd_open(self.pid)
                try:
                    poll = select.poll()
                    poll.register(end, select.POLLIN)
                    poll.poll(1e3 * max(0.0, timeout))
                finally:
                    os.close(end)
        return super().wait(timeout)


def _run(argv: list[str], stdin: bytes, folder: str, environment: dict[str, str], most: int | None) -> Done:
    """Run a program to its end; it is killed when that does not come in time."""
    if most is not None:
        return _run_bounded(argv, stdin, folder, environment, most)
    pipe = subprocess.PIPE
    with _Awaited(argv, stdin=pipe if stdin else subprocess.DEVNULL, stdout=pipe, stderr=pipe, cwd=folder, env=environment) as process:
        try:
            output, complaint = process.communicate(stdin or None, timeout=_LIMIT_S)
        finally:
            if process.poll() is None:
                process.kill()
    return Done(process.returncode, output, complaint.decode("utf-8", "replace").strip())


def _run_bounded(argv: list[str], stdin: bytes, folder: str, environment: dict[str, str], most: int) -> Done:
    """Run a program, and kill it as soon as it has written more than that."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said:
        given.write(stdin)
        given.seek(0)
        with _Awaited(argv, stdin=given, stdout=subprocess.PIPE, stderr=said, cwd=folder, env=environment) as process:
            try:
                # Git collects the differences of a commit before it writes the first one.
                if hasattr(resource, "prlimit"):
                    with contextlib.suppress(OSError):
                        resource.prlimit(process.pid, resource.RLIMIT_DATA, (_MOST_MEMORY, _MOST_MEMORY))
                output = _read_up_to(process, most)
                if len(output) <= most:
                    process.wait(_LIMIT_S)
            finally:
                if process.poll() is None:
                    process.kill()
        said.seek(0)
        complaint = said.read(_MOST_COMPLAINT).decode("utf-8", "replace").strip()
    if len(output) > most:
        return Done(process.returncode or -signal.SIGKILL, output[:most], f"it lists more than {most:,} bytes")
    return Done(process.returncode, output, complaint)


def _read_up_to(process: subprocess.Popen[bytes], most: int) -> bytes:
    """Read what a program writes, to its end or until it is too much."""
    if process.stdout is None:
        return b""
    output, poll, end = bytearray(), select.poll(), time.monotonic() + _LIMIT_S
    poll.register(process.stdout, select.POLLIN)
    while len(output) <= most:
        if not poll.poll(1e3 * max(0.0, end - time.monotonic())):
            raise subprocess.TimeoutExpired(process.args, _LIMIT_S)
        read = os.read(process.stdout.fileno(), 1 << 16)
        if not read:
            break
        output += read
    return bytes(output)


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


def stored(contents: Sequence[bytes], places: Mapping[str, str], folder: str) -> tuple[str, ...]:
    """Store file contents as they are, with one git process; give their object names in the same order.

    Raises:
        GitFailed: git could not store them, or there is no room.
    """
    if len(contents) < 2 or "\n" in tempfile.gettempdir():
        return tuple(run_git(("hash-object", "-w", "--no-filters", "--stdin"), places, folder, raw).line for raw in contents)
    try:
        with tempfile.TemporaryDirectory(prefix="setsquare-") as private:
            # Git takes a relative name from the top of the work tree when the folder for temporary files lies in that.
            files = [f"{private}/{number}" for number in range(len(contents))]
            for path, raw in zip(files, contents, strict=True):
                with open(path, "wb") as file:
                    file.write(raw)
            listed = b"".join(os.fsencode(path) + b"\n" for path in files)
            done = run_git(("hash-object", "-w", "--no-filters", "--stdin-paths"), places, folder, listed, standing=private)
    except OSError as error:
        raise GitFailed(f"cannot hand file contents to git: {error}", "make room on the disk, then again") from error
    names = tuple(done.line.split("\n"))
    if len(names) != len(contents):
        raise GitFailed(f"git stored {len(names)} of {len(contents)} file contents", "see `git fsck`")
    return names


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
