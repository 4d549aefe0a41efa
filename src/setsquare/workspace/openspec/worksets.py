"""Reads and writes a person's worksets: named lists of folders that are opened together, and the tools that open them.

Source: `worksets/worksets.yaml` in the data folder of OpenSpec 1.13.2 and `openers` in its settings, observed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from setsquare.workspace.openspec.store_registry import KEBAB
from setsquare.workspace.openspec.yaml_checks import (
    array,
    choice,
    constant,
    optional,
    plain_yaml,
    problems,
    record,
    strict,
    text,
    why_no_yaml,
)
from setsquare.workspace.openspec.yaml_values import read_yaml

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_MEMBER = strict({"name": text(), "path": text()})
_WORKSETS = strict({"version": constant(1), "worksets": record(strict({"tool": optional(text()), "members": array(_MEMBER)}))})
_FILLED = text(least=1)
STYLES = ("workspace-file", "attach-dirs")
_OPENER = strict(
    {
        "style": optional(choice(*STYLES)),
        "label": optional(_FILLED),
        "command": optional(_FILLED),
        "args": optional(array(text())),
        "attach_flag": optional(_FILLED),
    }
)


class Member(Struct, frozen=True):
    """A folder of a workset: `path` is absolute."""

    name: str
    path: str


class Workset(Struct, frozen=True, kw_only=True):
    """A named list of folders, the first one the chief; `tool` is empty where none was chosen."""

    name: str
    members: tuple[Member, ...]
    tool: str = ""


class Opener(Struct, frozen=True, kw_only=True):
    """A tool that opens worksets: `command` with `args` before the file that names the folders. One that attaches folders cannot open any now."""

    id: str
    label: str
    command: str
    args: tuple[str, ...] = ()
    is_attaching: bool = False


BUILT_IN = (
    Opener(id="code", label="VS Code", command="code"),
    Opener(id="cursor", label="Cursor", command="cursor"),
    Opener(id="claude", label="Claude Code", command="claude", is_attaching=True),
    Opener(id="codex", label="codex", command="codex", is_attaching=True),
)


def is_workset_name(name: str) -> bool:
    """Tell whether a workset can have this name.

    >>> is_workset_name("day-to-day"), is_workset_name("A b")
    (True, False)
    """
    return _NAME.fullmatch(name) is not None


def member_name_problem(name: str) -> str:
    """Say why a folder cannot be labelled so; empty when it can.

    >>> member_name_problem("my api"), member_name_problem("a/b")
    ('', 'member name must not contain path separators')
    """
    if not name.strip():
        return "member name must not be empty"
    if name in (".", ".."):
        return f"member name must not be '{name}'"
    return "member name must not contain path separators" if "/" in name or "\\" in name else ""


def doubled(members: Iterable[Member]) -> str:
    """Say that two folders have one label; empty when none have.

    >>> doubled((Member("a", "/x"), Member("a", "/y")))
    "duplicate member name 'a' (use the name=path form to label members distinctly)"
    """
    seen: set[str] = set()
    for member in members:
        if member.name in seen:
            return f"duplicate member name '{member.name}' (use the name=path form to label members distinctly)"
        seen.add(member.name)
    return ""


def read_worksets(source: str) -> tuple[Workset, ...] | str:
    r"""Read all worksets, sorted by name; what is wrong as a sentence.

    >>> read_worksets("version: 1\nworksets:\n  a:\n    members:\n      - {name: x, path: /x}\n")
    (Workset(name='a', members=(Member(name='x', path='/x'),), tool=''),)
    """
    what = "Invalid worksets file"
    try:
        value = read_yaml(source)
    except ValueError as error:
        return f"{what}: {why_no_yaml(error)}"
    wrong = problems(value, _WORKSETS)
    if wrong:
        return f"{what}: {wrong}"
    found: list[Workset] = []
    for name, entry in value["worksets"].items():
        members = tuple(Member(member["name"], member["path"]) for member in entry["members"])
        wrong = _workset_problem(name, members)
        if wrong:
            return f"{what}: {wrong}"
        found.append(Workset(name=name, members=members, tool=entry.get("tool", "")))
    return tuple(sorted(found, key=lambda workset: workset.name))


def worksets_text(worksets: Iterable[Workset]) -> str:
    """Write all worksets as OpenSpec does, so that both tools share them.

    >>> print(worksets_text((Workset(name="a", members=(Member("x", "/x"),)),)), end="")
    version: 1
    worksets:
      a:
        members:
          - name: x
            path: /x
    """
    lines: list[str] = []
    for workset in sorted(worksets, key=lambda workset: workset.name):
        lines.append(f"  {plain_yaml(workset.name)}:")
        if workset.tool:
            lines.append(f"    tool: {plain_yaml(workset.tool)}")
        lines.append("    members:")
        for member in workset.members:
            lines += [f"      - name: {plain_yaml(member.name)}", f"        path: {plain_yaml(member.path)}"]
    return "\n".join(["version: 1", *(["worksets:", *lines] if lines else ["worksets: {}"])]) + "\n"


def read_openers(settings: Mapping[str, object]) -> tuple[Opener, ...] | str:
    """Read the tools that open worksets: the built-in ones with what a person's settings change, then the person's own.

    >>> [opener.id for opener in read_openers({"openers": {"zed": {"style": "workspace-file"}}})]
    ['code', 'cursor', 'claude', 'codex', 'zed']
    >>> read_openers({"openers": {"zed": {}}})
    "'zed' adds a new tool and must set style ('workspace-file' or 'attach-dirs')"
    """
    given = settings.get("openers")
    if given is None:
        return BUILT_IN
    if not isinstance(given, dict):
        return problems(given, record(_OPENER), "openers")
    wrong = problems(given, record(_OPENER), "openers")
    if wrong:
        return wrong
    known = {opener.id: opener for opener in BUILT_IN}
    for name, entry in given.items():
        before = known.get(name)
        if before is None and "style" not in entry:
            return f"'{name}' adds a new tool and must set style ('workspace-file' or 'attach-dirs')"
        base = before or Opener(id=name, label=name, command=name)
        known[name] = Opener(
            id=name,
            label=entry.get("label", base.label),
            command=entry.get("command", base.command),
            args=tuple(entry.get("args", base.args)),
            is_attaching=entry["style"] == "attach-dirs" if "style" in entry else base.is_attaching,
        )
    return tuple(known.values())


def _workset_problem(name: str, members: tuple[Member, ...]) -> str:
    """Say what a workset cannot be."""
    if not is_workset_name(name):
        return f"workset name '{name}' must be {KEBAB}"
    if not members:
        return f"workset '{name}': members must not be empty"
    flaws = (member_name_problem(member.name) or _path_problem(member.path) for member in members)
    flaw = next(filter(None, flaws), "") or doubled(members)
    return f"workset '{name}': {flaw}" if flaw else ""


def _path_problem(path: str) -> str:
    return "" if path.startswith("/") else f"member path '{path}' must be absolute"
