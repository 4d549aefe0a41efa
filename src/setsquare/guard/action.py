"""Names what an agent can want to do, after its arguments were read."""

from __future__ import annotations

from msgspec import Struct


class Read(Struct, frozen=True, tag="read"):
    """Read a file, or `lines` of it (first and last, from 1; 0 means to the end)."""

    path: str
    first_line: int = 1
    last_line: int = 0


class Write(Struct, frozen=True, tag="write"):
    """Create a file or replace all of it."""

    path: str
    content: str


class EditText(Struct, frozen=True, tag="edit"):
    """Replace one exact occurrence of `old` by `new`."""

    path: str
    old: str
    new: str


class ListFiles(Struct, frozen=True, tag="list"):
    """List files below a folder."""

    path: str = ""


class Search(Struct, frozen=True, tag="search"):
    """Find lines that match a regular expression below a folder."""

    pattern: str
    path: str = ""


class Shell(Struct, frozen=True, tag="shell"):
    """Run a shell command in the sandbox, in the workspace's folder."""

    command: str


Action = Read | Write | EditText | ListFiles | Search | Shell


class Facts(Struct, frozen=True, kw_only=True):
    """What the platform knows of the world before it decides about an action.

    `real_path` is the target with symbolic links resolved, relative to the workspace, `None` when it lies outside. `old_lines` counts the
    target's lines, `changed_lines` and `deleted_lines` those that the action would touch. `changed_files` are the files that the task has
    changed so far; `uncommitted_files` hold changes that somebody else made and did not commit. `weakens` says what a test would prove less,
    `adds` are dependencies that the target would name and did not name before.
    """

    exists: bool = False
    real_path: str | None = ""
    old_lines: int = 0
    changed_lines: int = 0
    deleted_lines: int = 0
    changed_files: tuple[str, ...] = ()
    weakens: str = ""
    uncommitted_files: frozenset[str] = frozenset()
    adds: tuple[str, ...] = ()
