"""Turns hooks of Kiro 0.x (`*.kiro.hook`, `when`/`then`) into version 1 (`*.json`, `hooks`).

Source: Kiro's on-disk format, sections 4.1, 4.2 and 4.5.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec
from msgspec import Struct, field

from setsquare.migrate.dialects.conversion import Conversion, Dialect
from setsquare.migrate.guidance import Problem
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath

_ENDING: Final = ".kiro.hook"
_PART = LazyPattern(r"\*\*/|\*\*|\*|\?|\[!?[^\]]*\]|\{|\}|,|.", re.DOTALL)
_FILE_TRIGGERS = {"fileEdited": "PostFileSave", "fileCreated": "PostFileCreate", "fileDeleted": "PostFileDelete"}
_TRIGGERS = {
    **_FILE_TRIGGERS,
    "fileSaved": "PostFileSave",
    "promptSubmit": "UserPromptSubmit",
    "userPrompt": "UserPromptSubmit",
    "preToolUse": "PreToolUse",
    "postToolUse": "PostToolUse",
    "agentStop": "Stop",
    "agentEnd": "Stop",
    "preTaskExecution": "PreTaskExec",
    "postTaskExecution": "PostTaskExec",
    "userTriggered": "Manual",
    "manual": "Manual",
}
_BLOCKING = frozenset({"PreToolUse", "UserPromptSubmit"})


class _When(Struct, frozen=True):
    type: str
    patterns: list[str] = field(default_factory=list)
    toolTypes: list[str] = field(default_factory=list)  # noqa: N815  (the key's own name)
    tools: list[str] = field(default_factory=list)


class _Then(Struct, frozen=True):
    type: str
    prompt: str = ""
    command: str = ""
    timeout: float | None = None


class _Old(Struct, frozen=True):
    when: _When
    then: _Then
    name: str = ""
    description: str = ""
    enabled: bool = True


class _Action(Struct, frozen=True, omit_defaults=True):
    type: str
    command: str = ""
    prompt: str = ""


class _Hook(Struct, frozen=True, omit_defaults=True, kw_only=True):
    name: str
    trigger: str
    action: _Action
    description: str = ""
    matcher: str = ""
    timeout: float | None = None
    enabled: bool = True


class _File(Struct, frozen=True):
    version: str
    hooks: tuple[_Hook, ...]


def owns(path: str) -> bool:
    """Tell whether a file is an older hook.

    >>> owns(".kiro/hooks/lint.kiro.hook"), owns(".kiro/hooks/lint.json")
    (True, False)
    """
    return path.endswith(_ENDING) and "/.kiro/hooks/" in f"/{path}"


def convert(path: RelPath, text: str) -> tuple[Conversion, ...] | Problem:
    r"""Turn one hook.

    >>> old = '{"name":"Lint","when":{"type":"fileEdited","patterns":["*.ts"]},"then":{"type":"askAgent","prompt":"Lint it"}}'
    >>> print(convert(RelPath(".kiro/hooks/lint.kiro.hook"), old)[0].text.replace("\n", "").replace("  ", ""))
    {"version": "v1","hooks": [{"name": "Lint","trigger": "PostFileSave","action": {"type": "agent","prompt": "Lint it"},"matcher": "^(?:.*/)?[^/]*\\.ts$"}]}
    """
    try:
        old = msgspec.json.decode(text.removeprefix("\ufeff"), type=_Old)
    except (msgspec.DecodeError, msgspec.ValidationError, RecursionError) as error:
        return Problem(path=path, line=0, reason=f"it is no hook of the known older form: {error}")
    trigger = _TRIGGERS.get(old.when.type)
    if trigger is None:
        return Problem(path=path, line=0, reason=f"the current form has no trigger for when.type {old.when.type!r}")
    action = _action(old.then)
    if action is None:
        return Problem(path=path, line=0, reason=f"the current form has no action for then.type {old.then.type!r} as it is written")
    matcher = _matcher(old.when, trigger)
    if matcher is None:
        return Problem(path=path, line=0, reason="a pattern that begins with ! leaves files out, which one regular expression cannot")
    hook = _Hook(
        name=old.name or path.rpartition("/")[2].removesuffix(_ENDING),
        trigger=trigger,
        action=action,
        description=old.description,
        matcher=matcher,
        timeout=old.then.timeout if action.command else None,
        enabled=old.enabled,
    )
    written = msgspec.json.format(msgspec.json.encode(_File("v1", (hook,))), indent=2).decode() + "\n"
    notes = ["the old file stays and may act as well where a tool reads both: delete it once the new one works"]
    if action.command and trigger in _BLOCKING:
        notes.append("before, every exit code but 0 blocked; now only 2 does: look at what the command ends with")
    if old.when.toolTypes or old.when.tools:
        notes.append("its matcher names kinds of tools; the current form matches names of tools")
    return (Conversion(path=path, target=RelPath(path.removesuffix(_ENDING) + ".json"), text=written, notes=tuple(notes)),)


def _action(then: _Then) -> _Action | None:
    if then.type == "askAgent" and then.prompt:
        return _Action("agent", prompt=then.prompt)
    if then.type in ("runCommand", "shellCommand") and then.command:
        return _Action("command", command=then.command)
    return None


def _matcher(when: _When, trigger: str) -> str | None:
    """Write what limits a hook as one regular expression; empty for no limit."""
    if trigger in ("PreToolUse", "PostToolUse"):
        kinds = when.toolTypes or when.tools
        return "*" if "*" in kinds else "|".join(kinds)
    if trigger not in _FILE_TRIGGERS.values():
        return ""
    if any(pattern.startswith("!") for pattern in when.patterns):
        return None
    expressions = [expression(pattern) for pattern in when.patterns]
    if not expressions:
        return ""
    return f"^{expressions[0]}$" if len(expressions) == 1 else f"^(?:{'|'.join(expressions)})$"


def expression(glob: str) -> str:
    r"""Write a glob as a regular expression; without a slash it matches a name at any depth.

    >>> re.fullmatch(expression("src/**/*.{ts,tsx}"), "src/a/b.tsx") is not None, re.fullmatch(expression("*.ts"), "a.tsx") is None
    (True, True)
    """
    depth, parts = 0, [] if "/" in glob else ["(?:.*/)?"]
    for match in _PART.finditer(glob.removeprefix("./").lstrip("/")):
        part = match[0]
        if part == "{":
            depth += 1
            parts.append("(?:")
        elif part == "}" and depth:
            depth -= 1
            parts.append(")")
        elif part == "," and depth:
            parts.append("|")
        elif part.startswith("["):
            parts.append(part.replace("[!", "[^", 1))
        else:
            parts.append({"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(part) or re.escape(part))
    return "".join((*parts, ")" * depth))


DIALECT = Dialect(id="kiro-hooks", title="Kiro's older hooks", owns=owns, convert=convert)
