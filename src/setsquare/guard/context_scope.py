"""Limits what a task may read to files that its approved lines, or the person who starts it, name.

A task line says `_Context: deploy/prod.yaml, docs/runbooks/, #incident-runbook_`: paths limit what is read, `#name` adds a steering file.

Source: requirements F16 (an agent's context scoped to named files only); Kiro's steering page (`#name` for `inclusion: manual`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

from setsquare.guard.capability import Capability, Decision
from setsquare.guard.paths import BadPath, normalised
from setsquare.guard.verdicts import deny

RULE = "context-scope"

_LINE = re.compile(r"[_*]*context\s*:\s*(?P<value>.*?)_?\**\s*\Z", re.IGNORECASE)
_WILD = re.compile(r"[*?{]")


class NamedContext(Struct, frozen=True, kw_only=True):
    """What lines name: `globs` of files and folders, `steering` files by name, and `wrong` entries that name no place in the workspace."""

    globs: tuple[str, ...] = ()
    steering: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()

    @property
    def group(self) -> tuple[str, ...]:
        """Give the globs that limit reading, empty for no limit; where nothing written names a place, nothing is read."""
        return self.globs or (("/.",) if self.wrong else ())


def is_context_line(text: str) -> bool:
    """Tell whether a line of a task names its context; it says what may be read, and nothing about what is written.

    >>> is_context_line("_Context: docs/a.md_"), is_context_line("Write `docs/a.md`")
    (True, False)
    """
    return _LINE.match(text.strip()) is not None


def named_context(lines: Iterable[str]) -> NamedContext:
    """Read the context that the lines of one task name.

    >>> found = named_context(("_Context: `deploy/prod.yaml`, docs/, #incident-runbook_", "_Requirements: 1.1_"))
    >>> found.globs, found.steering
    (('/deploy/prod.yaml', '/deploy/prod.yaml/**', '/docs/**'), ('incident-runbook',))
    >>> named_context(("_Context: ../other_",)).wrong
    ('../other',)
    """
    entries = [entry for line in lines if (found := _LINE.match(line.strip())) for entry in found["value"].split(",")]
    return context_of(entry.strip(" \t`\"'") for entry in entries)


def context_of(entries: Iterable[str]) -> NamedContext:
    """Read entries one by one: a path, a glob, or `#name` for a steering file.

    >>> context_of(("src/app_a.py", "*.md")).globs
    ('/src/app_a.py', '/src/app_a.py/**', '*.md')
    """
    globs: dict[str, None] = {}
    steering: dict[str, None] = {}
    wrong: dict[str, None] = {}
    for entry in entries:
        if entry.startswith("#") and len(entry) > 1:
            steering[entry[1:].removesuffix(".md")] = None
        elif entry:
            found = _globs(entry)
            globs.update(dict.fromkeys(found))
            wrong.update({} if found else {entry: None})
    return NamedContext(globs=tuple(globs), steering=tuple(steering), wrong=tuple(wrong))


def _globs(entry: str) -> tuple[str, ...]:
    """Read a path as globs; nothing when it leads out of the workspace, or is all of it."""
    place = normalised(entry)
    if isinstance(place, BadPath) or not place:
        return ()
    if _WILD.search(place):
        return (place,)
    literal = re.sub(r"\[", "[[]", place)
    below = f"/{literal}/**"
    return (below,) if entry.endswith("/") else (f"/{literal}", below)


def is_readable(capability: Capability, path: str, changed: Iterable[str] = ()) -> bool:
    """Tell whether a task's context holds a file; what the task may write by name, and what it has `changed`, it may read, too.

    >>> from setsquare.guard.capability import Mode
    >>> from setsquare.workspace.settings import AgentSettings
    >>> made = Capability(task="1", mode=Mode.SUPERVISED, agent=AgentSettings(), writable=("src/a.py",), context=(("/docs/**",), ("*.md",)))
    >>> [is_readable(made, path) for path in ("docs/x.md", "docs/x.txt", "x.md", "src/a.py", "src/b.py")]
    [True, False, False, True, False]
    """
    if not capability.context or all(globs.matches(path) for globs in capability.context_globs):
        return True
    return (bool(capability.writable) and capability.scope_globs.matches(path)) or path in tuple(changed)


def beyond_decision(capability: Capability, path: str, changed: Iterable[str] = ()) -> Decision | None:
    """Deny to read a file beyond the context; `None` when nothing is to say.

    >>> from setsquare.guard.capability import Mode
    >>> from setsquare.workspace.settings import AgentSettings
    >>> beyond_decision(Capability(task="1", mode=Mode.SUPERVISED, agent=AgentSettings(), context=(("/docs/**",),)), "src/a.py").rule
    'context-scope'
    """
    if is_readable(capability, path, changed):
        return None
    return deny(
        RULE, f"`{path}` is not among the files that the context of task {capability.task} is limited to ({shown_context(capability)})."
    )


def folder_decision(capability: Capability, folder: str) -> Decision | None:
    """Deny to look below a folder that holds nothing of the context; what is found in any other is limited to it.

    >>> from setsquare.guard.capability import Mode
    >>> from setsquare.workspace.settings import AgentSettings
    >>> made = Capability(task="1", mode=Mode.SUPERVISED, agent=AgentSettings(), context=(("/docs/api/**",),))
    >>> [folder_decision(made, path) is None for path in ("", "docs", "docs/api/v1", "src")]
    [True, True, True, False]
    """
    own = (capability.writable,) if capability.writable else ()
    if not capability.context or not folder or is_readable(capability, folder):
        return None
    is_reached = all(_reaches(group, folder) for group in capability.context) or any(_reaches(group, folder) for group in own)
    if is_reached:
        return None
    return deny(RULE, f"Nothing at or below `{folder}` belongs to the context of task {capability.task} ({shown_context(capability)}).")


def _reaches(globs: tuple[str, ...], folder: str) -> bool:
    """Tell whether globs may match something below a folder."""
    for glob in globs:
        steps = _plain(glob).split("/")
        fixed = next((index for index, step in enumerate(steps) if _WILD.search(step)), len(steps))
        prefix = "".join(f"{step}/" for step in steps[:fixed])
        is_deeper = fixed < len(steps) and f"{folder}/".startswith(prefix)
        if "/" not in glob or is_deeper or prefix.startswith(f"{folder}/"):
            return True
    return False


def _plain(glob: str) -> str:
    """Write a glob as a person would."""
    return glob.removeprefix("/").replace("[[]", "[")


def shown_context(capability: Capability) -> str:
    """Name what a task's context is limited to.

    >>> from setsquare.guard.capability import Mode
    >>> from setsquare.workspace.settings import AgentSettings
    >>> made = Capability(task="1", mode=Mode.SUPERVISED, agent=AgentSettings(), context=(context_of(("docs/", "a.py")).globs,))
    >>> shown_context(made)
    'docs/**, a.py'
    """
    globs = dict.fromkeys(_plain(glob) for group in capability.context for glob in group)
    named = [glob for glob in globs if glob.removesuffix("/**") not in globs or not glob.endswith("/**")]
    return ", ".join(named[:8]) + (f" and {len(named) - 8} more" if len(named) > 8 else "")
