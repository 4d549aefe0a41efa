r"""Renders what a person is asked about, from the action as it was read and never from words of the model alone.

What the model or a file wrote stands behind a bar (`| `), every character that could hide or move text as an escape, so that nothing in it
passes for words of the platform. What runs, where, of which class and why stands before and after it, so that no length pushes it away.

Source: safety.md AT45.
"""

from __future__ import annotations

import difflib
import unicodedata
from typing import assert_never

from setsquare.agent.tools import calls
from setsquare.errors import StorageFailed
from setsquare.events.facts import ActionDecided
from setsquare.guard.action import Action, EditText, ListFiles, Read, Search, Shell, Write
from setsquare.guard.commands import Judged, Refusal, judged
from setsquare.guard.paths import BadPath, normalised
from setsquare.journeys.app import App
from setsquare.journeys.run_granted import granted
from setsquare.journeys.run_live import TaskBench
from setsquare.ports.approver import Binding
from setsquare.text.paths import RelPath

_GRAVEST = ("destructive", "external", "install", "unknown", "write", "check", "read")
_BLANK = frozenset({0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0})
_LIMIT_LISTED = 40
_LIMIT_LINE_CHARS = 160


def visible(text: str) -> str:
    r"""Write characters that control, reorder or hide text as escapes, so that what is shown is what runs.

    >>> print(visible("ls \x1b[8m; rm x\u202e\u3164"))
    ls \x1b[8m; rm x\u202e\u3164
    """
    return "".join(char.encode("unicode_escape").decode() if _is_hidden(char) else char for char in text)


def _is_hidden(char: str) -> bool:
    """Tell whether a reader would not see a character as what it is."""
    code = ord(char)
    is_selector = 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF
    return char not in "\n\t" and (not char.isprintable() or code in _BLANK or is_selector)


def one_line(text: str) -> str:
    r"""Write a text on one line, line ends as escapes.

    >>> print(one_line("a\nb"))
    a\nb
    """
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def barred(text: str) -> str:
    r"""Put a bar before every line of a text that somebody else wrote.

    >>> print(barred("ls\nWhy you are asked: nothing"))
    | ls
    | Why you are asked: nothing
    """
    return "\n".join(f"| {line}" for line in visible(text).split("\n"))


def short(text: str) -> str:
    """Cut the middle of one line.

    >>> short("a" * 200).count("a")
    157
    """
    line = one_line(text)
    half = _LIMIT_LINE_CHARS // 2
    return line if len(line) <= _LIMIT_LINE_CHARS else f"{line[:half]} … {line[-half + 3 :]}"


def screen(app: App, at: TaskBench, action: Action, binding: Binding, why: str) -> str:
    """Render an action whole, the essential lines first and last."""
    essential = "\n".join((_essence(at, action), f"Why you are asked: {short(why) if len(why) > 400 else one_line(why)}"))
    return "\n\n".join(part for part in (essential, _body(app, at, action, binding), essential) if part)


def refusal_screen(app: App, action: Action | calls.BadCall, decided: ActionDecided) -> str:
    """Render an action that was refused: why, and what it would have done. Nothing outside of the workspace is looked at."""
    why = f"Not performed, and no answer changes that: {one_line(decided.reason)} (rule `{one_line(decided.rule)}`)"
    return "\n\n".join((why, _unperformed(app, action, decided), why, "A yes lets the run go on with something else; a no stops it."))


def _unperformed(app: App, action: Action | calls.BadCall, decided: ActionDecided) -> str:
    """Render what a refused action consists of."""
    match action:
        case calls.BadCall():
            return barred(decided.arguments)
        case Shell():
            return barred(f"$ {action.command}")
        case Write() | EditText():
            place = normalised(action.path, app.folder)
            old = None if isinstance(place, BadPath) else current(app, place)
            return difference(action.path, old, calls.result_of(old, action))
        case Read() | ListFiles() | Search():
            return f"{decided.tool} {short(action.path or '.')}"
        case _:
            assert_never(action)


def _essence(at: TaskBench, action: Action) -> str:
    """Say on one line what would happen."""
    match action:
        case Shell():
            found = judged(action.command, at.capability.agent, at.capability.root)
            kinds = () if isinstance(found, Refusal) else tuple(each.kind.value for each in found)
            gravest = next((kind for kind in _GRAVEST if kind in kinds), "unknown")
            return f"Command of class {gravest}, {len(action.command)} characters: {short(action.command)}"
        case Write():
            return f"Write {short(action.path)}, {len(action.content)} characters"
        case EditText():
            return f"Edit {short(action.path)}"
        case Read() | ListFiles():
            return f"{type(action).__name__.removesuffix('Files')} {short(action.path or '.')}"
        case Search():
            return f"Search {short(action.path or '.')}"
        case _:
            assert_never(action)


def _body(app: App, at: TaskBench, action: Action, binding: Binding) -> str:
    """Render what the action consists of."""
    match action:
        case Shell():
            return _command(at, action, binding)
        case Write() | EditText():
            path = binding.targets[0][0]
            return difference(path, current(app, path), calls.result_of(current(app, path), action)) + _foreign_letters(
                action.content if isinstance(action, Write) else action.new
            )
        case Read() | ListFiles():
            return ""
        case Search():
            return barred(action.pattern)
        case _:
            assert_never(action)


def _command(at: TaskBench, action: Shell, binding: Binding) -> str:
    """Render a command: its text, each simple command with its class, what its words lead to, what it sees."""
    lines = [barred(f"$ {action.command}") + _foreign_letters(action.command)]
    found = judged(action.command, at.capability.agent, at.capability.root)
    if not isinstance(found, Refusal):
        lines.append("\n".join(_simple(number, each) for number, each in enumerate(found, 1)))
    lines += _listed("It names, as it stands now", binding.targets)
    lines += _listed("It would run from the workspace", binding.files)
    seen = ", ".join(f"{one_line(name)} ({value[7:15]})" for name, value in binding.environment) or "none"
    lines.append(f"Variables that it sees: {seen}")
    hosts = ", ".join(map(one_line, at.bench.confinement.hosts)) or "none"
    lines += [f"Network: {hosts}", _staying(granted(at, action, binding))]
    return "\n\n".join(lines)


# req: agent-runtime/5.7
def _staying(places: tuple[RelPath, ...]) -> str:
    """Say what a yes lets stay outside of the task's scope.

    >>> _staying(())
    'Put back afterwards: whatever it changes outside of the scope of the task, or that is protected.'
    """
    rest = "it changes outside of the scope of the task, or that is protected."
    if not places:
        return f"Put back afterwards: whatever {rest}"
    shown = "\n".join(f"  {one_line(place)}" for place in places)
    return f"Stays after your yes, although it is outside of the scope of the task ({len(places)}):\n{shown}\nPut back afterwards: whatever else {rest}"


def _simple(number: int, each: Judged) -> str:
    """Describe one simple command."""
    places = [f"unknown ({place.rule})" if isinstance(place, BadPath) else place or "." for place in each.writes]
    writes = f"; changes {', '.join(map(one_line, places[:_LIMIT_LISTED]))}" if places else ""
    return f"{number}. {one_line(each.shown)}\n   class {each.kind.value}: {one_line(each.why)}{writes}"


def _listed(title: str, pairs: tuple[tuple[str, str], ...]) -> list[str]:
    """List places with what stands there, as many as a person reads."""
    if not pairs:
        return []
    shown = [f"  {one_line(place) or '.'}: {_cut(state)}" for place, state in pairs[:_LIMIT_LISTED]]
    more = [f"  and {len(pairs) - _LIMIT_LISTED} more"] if len(pairs) > _LIMIT_LISTED else []
    return ["\n".join((f"{title} ({len(pairs)}):", *shown, *more))]


def _cut(state: str) -> str:
    """Shorten the digest in what stands at a place."""
    before, mark, name = one_line(state).partition("sha256:")
    return f"{before}{mark}{name[:12]}"


def _foreign_letters(text: str) -> str:
    """Name letters of other scripts, which may look like others."""
    odd = sorted({char for char in text if ord(char) > 0x24F and char.isalpha()})
    if not odd or len(odd) > 20:
        return f"\n(letters of other scripts than Latin: {len(odd)} different ones)" if odd else ""
    names = ", ".join(f"U+{ord(char):04X} {unicodedata.name(char, 'unnamed')}" for char in odd)
    return f"\n(letters of other scripts than Latin: {names})"


def current(app: App, path: str | None) -> bytes | None:
    """Read a file as it is; one that cannot be read counts as absent."""
    try:
        return app.files.read(RelPath(path)) if path else None
    except StorageFailed:
        return None


def difference(path: str, old: bytes | None, new: bytes | None) -> str:
    """Write a unified diff of one file, each line behind a bar."""
    sides = [_lines(side) for side in (old, new)]
    name = one_line(path)
    lines = difflib.unified_diff(
        sides[0], sides[1], f"a/{name}" if old is not None else "/dev/null", f"b/{name}" if new is not None else "/dev/null", lineterm=""
    )
    return "\n".join(f"| {line}" for line in lines) or f"{name}: {_without_lines(old, new)}"


def _without_lines(old: bytes | None, new: bytes | None) -> str:
    """Say what became of a file of which no line changed.

    >>> _without_lines(b"", None), _without_lines(None, b""), _without_lines(b"", b"")
    ('an empty file is deleted', 'an empty file is new', 'no change')
    """
    if (old is None) is (new is None):
        return "no change"
    return "an empty file is deleted" if new is None else "an empty file is new"


def _lines(raw: bytes | None) -> list[str]:
    """Split a file into lines as they are shown; a last one without its end says so, and a carriage return shows."""
    if not raw:
        return []
    lines = visible(raw.decode("utf-8", "replace")).split("\n")
    return lines[:-1] if not lines[-1] else [*lines[:-1], f"{lines[-1]} (no line end)"]
