"""Puts calls of Setsquare into git's hooks, and takes them out again without a trace.

A shell script of the user's gets a marked block after its first line. Anything else that stands there (another language, a link, a hook that
is switched off) keeps its bytes under another name, and a wrapper calls it.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from setsquare.errors import Refused
from setsquare.events.audit import AuditAction, Mutation
from setsquare.journeys.on_record import on_record
from setsquare.ports.audit import Audit, NoAudit
from setsquare.ports.git_hooks import GitHooks, HookPlace, HookScript
from setsquare.text.paths import quoted
from setsquare.text.plan import digest

HOOKS = ("pre-commit", "post-merge")
"""The hooks that are installed unless a person names others."""
KNOWN = ("pre-commit", "post-merge", "commit-msg")

_SHEBANG = b"#!/bin/sh\n"
_OPEN = "# >>> setsquare git-hooks"
_CLOSE = "# <<< setsquare git-hooks <<<"
_BLOCK = re.compile(
    rb"^# >>> setsquare git-hooks(?: \((?P<kind>file|wrapper)\))? >>>\n.*?^# <<< setsquare git-hooks <<<\n", re.MULTILINE | re.DOTALL
)
_SHELL = re.compile(rb"#![ \t]*(?:/[\w./-]*/)?(?:env[ \t]+(?:-S[ \t]+)?)?(?:/[\w./-]*/)?(?:sh|bash|dash|zsh|ksh|ash)(?:[ \t][^\n\r]*)?\n")
_BEFORE = ".before-setsquare"


class HookState(enum.Enum):
    """What stands in git's folder: nothing of ours, a file of our own, a block in the user's script, or a wrapper around it."""

    ABSENT = "absent"
    FILE = "file"
    BLOCK = "block"
    WRAPPER = "wrapper"
    DAMAGED = "damaged"


class Deed(enum.Enum):
    """What was done to a hook."""

    WRITTEN = "written"
    ADDED = "added to your script"
    WRAPPED = "wrapped around your hook"
    UNCHANGED = "unchanged"
    REMOVED = "removed"
    TAKEN_OUT = "taken out of your script"
    RESTORED = "restored"


class HookDone(Struct, frozen=True):
    """One hook with what was done to it, or where it stands."""

    name: str
    path: str
    deed: Deed


class HookSeen(Struct, frozen=True, kw_only=True):
    """One hook as it is: `has_own` tells that a script of the user's is there, too; `is_strict` that errors stop git."""

    name: str
    path: str
    state: HookState
    has_own: bool
    is_strict: bool


def install(
    hooks: GitHooks, names: Iterable[str], *, is_strict: bool, is_outside_meant: bool, audit: Audit | None = None
) -> tuple[HookDone, ...]:
    """Put a call into each hook; one that is there already is brought up to date. Either all can be written, or none is.

    Raises:
        Refused: there is no repository, its hooks lie outside of it and nobody meant that, or a hook cannot be changed safely.
        StorageFailed: a script cannot be written.
    """
    place = _place(hooks, is_outside_meant=is_outside_meant)
    wanted = tuple(dict.fromkeys(names))
    found = {name: _inspected(hooks, place, name) for name in wanted}
    for name, (state, script) in found.items():
        if state is HookState.ABSENT and script and not _takes_block(script) and hooks.read(f"{name}{_BEFORE}"):
            raise Refused(
                f"{place.folder}/{name}{_BEFORE} exists already; nothing was written.",
                "Move it away, or `setsquare git-hooks uninstall` first.",
            )
    detail = f"{', '.join(wanted)}{', strict' if is_strict else ''}"
    with on_record(
        audit or NoAudit(), Mutation(action=AuditAction.GIT_HOOKS_INSTALLED, subject=place.folder, detail=detail, before=_named(found))
    ):
        return tuple(_installed(hooks, place, name, found[name], is_strict=is_strict) for name in wanted)


def _named(found: Mapping[str, tuple[HookState, HookScript | None]]) -> str:
    """Name the scripts as they stand; empty where there are none."""
    scripts = [(name, digest(script.raw)) for name, (_, script) in sorted(found.items()) if script is not None]
    return digest(repr(scripts).encode("utf-8", "surrogateescape")) if scripts else ""


def uninstall(hooks: GitHooks, *, is_outside_meant: bool, audit: Audit | None = None) -> tuple[HookDone, ...]:
    """Take every call out; what stood there before has its exact bytes again.

    Raises:
        Refused: as for `install`.
        StorageFailed: a script cannot be written.
    """
    place = _place(hooks, is_outside_meant=True)
    found = {name: _inspected(hooks, place, name) for name in KNOWN}
    ours = {name: item for name, item in found.items() if item[0] is not HookState.ABSENT}
    if ours:
        _place(hooks, is_outside_meant=is_outside_meant)
    for name, (state, script) in ours.items():
        if state is HookState.WRAPPER and script and _BLOCK.sub(b"", script.raw) != _SHEBANG:
            raise Refused(f"{place.folder}/{name} was edited since it was written.", f"Move your lines to {name}{_BEFORE}, then again.")
    if not ours:
        return ()
    with on_record(
        audit or NoAudit(),
        Mutation(action=AuditAction.GIT_HOOKS_REMOVED, subject=place.folder, detail=", ".join(ours), before=_named(ours)),
    ):
        return tuple(_uninstalled(hooks, place, name, *item) for name, item in ours.items())


def standing_hooks(hooks: GitHooks) -> tuple[HookPlace, tuple[HookSeen, ...]]:
    """Say where hooks are and which of ours are there.

    Raises:
        Refused: there is no repository.
    """
    place = _place(hooks, is_outside_meant=True)
    seen = []
    for name in KNOWN:
        script = hooks.read(name)
        state = _state(script)
        has_own = state is HookState.BLOCK or (state is HookState.ABSENT and script is not None)
        if state is HookState.WRAPPER:
            has_own = hooks.read(f"{name}{_BEFORE}") is not None
        is_strict = script is not None and f"run {name} --strict".encode() in script.raw
        seen.append(HookSeen(name=name, path=f"{place.folder}/{name}", state=state, has_own=has_own, is_strict=is_strict))
    return place, tuple(seen)


def block(name: str, *, is_strict: bool, kind: str = "") -> bytes:
    """Write the lines that call Setsquare: nothing happens where it is not on the PATH, and only a strict one can stop git."""
    strict, end = (" --strict", "exit 1") if is_strict else ("", ":")
    message = ' "$1"' if name == "commit-msg" else ""
    lines = [
        f"{_OPEN}{f' ({kind})' if kind else ''} >>>",
        "# Written by `setsquare git-hooks install`; `setsquare git-hooks uninstall` takes it out.",
        "if command -v setsquare >/dev/null 2>&1; then",
        f"    setsquare git-hooks run {name}{strict}{message} </dev/null >&2 || {end}",
        "fi",
    ]
    if kind == "wrapper":
        lines += [f'before="$(dirname -- "$0")/{name}{_BEFORE}"', 'if [ -x "$before" ]; then', '    exec "$before" "$@"', "fi"]
    return "\n".join((*lines, _CLOSE, "")).encode()


def _place(hooks: GitHooks, *, is_outside_meant: bool) -> HookPlace:
    place = hooks.place()
    if place is None:
        raise Refused("There is no git repository here whose `.git` can be trusted.", "Run `git init` first.")
    if not place.is_inside and not is_outside_meant:
        why = f" (core.hooksPath is {quoted(place.setting)})" if place.setting else ""
        raise Refused(
            f"git takes hooks from {place.folder}, outside of this repository{why}: other repositories may use them, too.",
            "Write there with --outside, or give this repository hooks of its own: git config --local core.hooksPath .githooks",
        )
    return place


def _inspected(hooks: GitHooks, place: HookPlace, name: str) -> tuple[HookState, HookScript | None]:
    script = hooks.read(name)
    state = _state(script)
    if state is HookState.DAMAGED:
        raise Refused(
            f"{place.folder}/{name} holds a part of the lines that Setsquare writes; nothing was changed.",
            f"Take the lines between `{_OPEN}` and `{_CLOSE}` out by hand.",
        )
    return state, script


def _state(script: HookScript | None) -> HookState:
    if script is None or script.is_link:
        return HookState.ABSENT
    blocks = list(_BLOCK.finditer(script.raw))
    marks = script.raw.count(_OPEN.encode()) + script.raw.count(_CLOSE.encode())
    if not marks:
        return HookState.ABSENT
    if len(blocks) != 1 or marks != 2:
        return HookState.DAMAGED
    kind = blocks[0]["kind"]
    return HookState.WRAPPER if kind == b"wrapper" else HookState.FILE if kind == b"file" else HookState.BLOCK


def _takes_block(script: HookScript) -> bool:
    """Tell whether a script is one for a shell that is switched on."""
    return script.is_executable and not script.is_link and _SHELL.match(script.raw) is not None


def _installed(hooks: GitHooks, place: HookPlace, name: str, found: tuple[HookState, HookScript | None], *, is_strict: bool) -> HookDone:
    state, script = found
    path = f"{place.folder}/{name}"
    if state is not HookState.ABSENT and script:
        kind = "" if state is HookState.BLOCK else state.value
        new = block(name, is_strict=is_strict, kind=kind)
        raw = _BLOCK.sub(lambda _match: new, script.raw)
        if raw == script.raw:
            return HookDone(name, path, Deed.UNCHANGED)
        hooks.write(name, raw)
        return HookDone(name, path, Deed.WRITTEN)
    if script is None:
        hooks.write(name, _SHEBANG + block(name, is_strict=is_strict, kind="file"))
        return HookDone(name, path, Deed.WRITTEN)
    if _takes_block(script):
        first = script.raw.index(b"\n") + 1
        hooks.write(name, script.raw[:first] + block(name, is_strict=is_strict) + script.raw[first:])
        return HookDone(name, path, Deed.ADDED)
    hooks.rename(name, f"{name}{_BEFORE}")
    hooks.write(name, _SHEBANG + block(name, is_strict=is_strict, kind="wrapper"))
    return HookDone(name, path, Deed.WRAPPED)


def _uninstalled(hooks: GitHooks, place: HookPlace, name: str, state: HookState, script: HookScript | None) -> HookDone:
    path = f"{place.folder}/{name}"
    rest = _BLOCK.sub(b"", script.raw) if script else b""
    if state is HookState.WRAPPER and hooks.read(f"{name}{_BEFORE}"):
        hooks.rename(f"{name}{_BEFORE}", name)
        return HookDone(name, path, Deed.RESTORED)
    if state is HookState.WRAPPER or (state is HookState.FILE and rest == _SHEBANG):
        hooks.remove(name)
        return HookDone(name, path, Deed.REMOVED)
    hooks.write(name, rest)
    return HookDone(name, path, Deed.TAKEN_OUT)
