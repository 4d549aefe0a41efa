"""Tells what would be lost with a main spec whose last requirement goes: only a file that holds nothing else may be deleted.

A title, `## Purpose`, the header `## Requirements` and the requirements with their statements, scenarios, bullets and fences may go. Whatever
else stands in the file is named, so that its author can move it.

Source: the behaviour of `openspec archive` 1.13.2 with `retire_capabilities`, observed from outside.
"""

from __future__ import annotations

from collections.abc import Iterable

from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath
from setsquare.workspace.openspec.main_spec import read_main_spec
from setsquare.workspace.openspec.text import INLINE_SPACE, SPACE, trimmed

SHOWN_LINES = 3
SHOWN_LENGTH = 200

_TAB = 4
_FENCE = LazyPattern(rf"[{INLINE_SPACE}]*(`{{3,}}|~{{3,}})(.*)")
_HEADER = LazyPattern(rf" {{0,3}}(#{{1,6}})(?=[{INLINE_SPACE}]|\Z)(.*)")
_UNDERLINE = LazyPattern(r" {0,3}(?:-+|=+)[ \t]*\Z")
_BULLET = LazyPattern(r"([ \t]*)([-*+]|\d{1,9}[.)])([ \t]+)(?=[^ \t])")
_RULE = LazyPattern(r" {0,3}(?:(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,})\Z")
_SCENARIO = LazyPattern(rf"(?ai) {{0,3}}####[{INLINE_SPACE}]+Scenario:")
_STATEMENT_HEADERS = 3


def lost_lines(text: str) -> tuple[str, ...]:
    r"""List the lines of a main spec that would be lost without being part of a requirement, each once: first those outside of requirements.

    >>> lost_lines("# a\n## Purpose\nx\n## Requirements\n### Requirement: B\nIt SHALL.\n#### Scenario: C\n- d\n\nA note.\n## After\n")
    ('## After', 'A note.')
    """
    spec = read_main_spec("", RelPath(""), text)
    before = spec.before.rpartition("\n")[0] if spec.has_requirements else spec.before
    outside = (*_outside(before.split("\n")), *_filled(spec.preamble.split("\n")), *_filled(spec.after.split("\n")))
    inside = [line for block in spec.requirements for line in _Block().lost(block.raw)]
    heading = [line for line in inside if (found := _HEADER.match(line)) and len(found[1]) <= _STATEMENT_HEADERS]
    return tuple(dict.fromkeys(trimmed(line) for line in (*outside, *heading, *inside)))


def kept_apart(capability: str, lost: tuple[str, ...]) -> str:
    """Say why a capability cannot be retired.

    >>> kept_apart("a", ("x", "y", "z", "w")).partition(": ")[2]
    '"x", "y", "z", and 1 more line(s). Move it into `## Purpose` or a canonical requirement, or delete the spec by hand.'
    """
    return (
        f"'{capability}' declares retire_capabilities, but the spec holds content the merge cannot safely account for and deleting the file "
        f"would take with it: {_listed(lost)}. Move it into `## Purpose` or a canonical requirement, or delete the spec by hand."
    )


def undeclared(capability: str, problem: str, lost: tuple[str, ...]) -> str:
    """Say how a change declares that it retires a capability; `problem` is why a marker that is there cannot be honoured."""
    begin = f"This change removes the last requirement '{capability}' has"
    note = f" The marker present now cannot be honored ({problem})." if problem else ""
    if lost:
        return (
            f"{begin}, so the rebuilt spec has none left and cannot be written. Retiring the capability is what archive does instead, and it is "
            "refused while the spec holds content the merge cannot safely account for and deleting the file would take with it: "
            f"{_listed(lost)}. Move it into `## Purpose` or a canonical requirement, or delete the spec by hand, then rerun.{note}"
        )
    return (
        f"{begin}. To retire the capability and delete its spec, add `retire_capabilities: true` to the change's .openspec.yaml "
        f"(alongside its `schema:`, which that file requires), then rerun.{note}"
    )


def retired(capability: str, path: str) -> str:
    """Warn that a main spec was deleted, with the command that brings it back; `path` is relative to the repository."""
    return (
        f"{capability} - capability retired; deleted the main spec (all requirements removed, declared by retire_capabilities) at {path}. "
        f'Its section(s) went with it: Purpose. If it was committed, restore it with: git checkout HEAD -- ":(top){path}"'
    )


def _listed(lost: tuple[str, ...]) -> str:
    shown = [f'"{_shown(line)}"' for line in lost[:SHOWN_LINES]]
    if len(lost) > SHOWN_LINES:
        shown.append(f"and {len(lost) - SHOWN_LINES} more line(s)")
    return ", ".join(shown)


def _shown(line: str) -> str:
    printable = "".join(sign if sign.isprintable() else "?" for sign in line)
    return f"{printable[:SHOWN_LENGTH]}…" if len(printable) > SHOWN_LENGTH else printable


def _filled(lines: Iterable[str]) -> list[str]:
    return [line for line in lines if line.strip(SPACE)]


def _outside(lines: list[str]) -> list[str]:
    """Give the lines before the requirements that are neither the title nor below `## Purpose`."""
    lost: list[str] = []
    has_title = is_purpose = has_section = False
    fence = ""
    for at, line in enumerate(lines):
        was_fenced = bool(fence)
        fence = _fence_after(fence, line)
        if was_fenced or fence:
            lost += [] if is_purpose else _filled([line])
            continue
        found = _HEADER.match(line)
        level = len(found[1]) if found else 0
        if found and level == 2 and found[2].strip(SPACE).lower() == "purpose":
            is_purpose = has_section = True
        elif found and level == 1 and not (has_title or has_section):
            has_title = True
        elif found and level in (1, 2):
            is_purpose = False
            has_section = True
            lost.append(line)
        elif is_purpose and _UNDERLINE.match(line) and at and lines[at - 1].strip(SPACE):
            is_purpose = False
            lost.append(lines[at - 1])
        elif not is_purpose:
            lost += _filled([line])
    return lost


def _fence_after(fence: str, line: str) -> str:
    """Give the fence that is open after a line, empty when none is."""
    found = _FENCE.match(line)
    if found is None:
        return fence
    if not fence:
        return found[1]
    return "" if found[1][0] == fence[0] and len(found[1]) >= len(fence) and not trimmed(found[2]) else fence


class _Block:
    """Goes through the lines of one requirement.

    `content` is the column where the text of the current list item begins, `None` outside of a list; `is_paragraph` says that a line without
    indent still belongs to the text before it; `is_closed` that the list of the scenario has ended.
    """

    def __init__(self) -> None:
        self.found: list[str] = []
        self.is_scenario = False
        self.has_list = False
        self.is_closed = False
        self.is_paragraph = False
        self.content: int | None = None

    def lost(self, raw: str) -> list[str]:
        """List the lines that are no part of the requirement."""
        fence, above = "", ""
        for at, line in enumerate(raw.split("\n")):
            was_fenced = bool(fence)
            fence = _fence_after(fence, line)
            if was_fenced or fence:
                self.is_paragraph = False
                if not was_fenced and self.content is not None and _indent(line) < self.content:
                    self.content = None
            elif at:
                # The requirement's own header never counts as a title that is underlined.
                self._line(line, above if at > 1 else "")
            above = line
        return self.found

    def _line(self, line: str, above: str) -> None:
        if not line.strip(SPACE):
            self.is_closed = self.is_closed or self.has_list
            self.is_paragraph = False
        elif _SCENARIO.match(line):
            self.is_scenario, self.is_paragraph, self.content = True, False, None
            self.has_list = self.is_closed = False
        elif not self.is_scenario:
            self._statement_line(line, above)
        elif self.is_closed:
            self.found.append(above if _UNDERLINE.match(line) and above.strip(SPACE) else line)
        else:
            self._scenario_line(line, above)

    def _statement_line(self, line: str, above: str) -> None:
        found = _HEADER.match(line)
        if (found and len(found[1]) <= _STATEMENT_HEADERS) or line.lstrip(SPACE)[:1] in ("|", "<"):
            self.found.append(line)
        elif _UNDERLINE.match(line) and above.strip(SPACE):
            self.found.append(above)

    def _scenario_line(self, line: str, above: str) -> None:
        indent = _indent(line)
        inner = line.expandtabs(_TAB)[self.content :] if self.content is not None and indent >= self.content else line
        if _HEADER.match(inner):
            self._loses(line)
        elif _UNDERLINE.match(inner) and above.strip(SPACE):
            self._loses(above)
        elif inner is not line:
            is_deep = indent - (self.content or 0) >= _TAB
            self.is_paragraph = is_deep or not (_BULLET.match(inner) or _begins_block(inner))
        elif bullet := _BULLET.match(line):
            self.content = len(bullet[0])
            self.has_list = self.is_paragraph = True
        elif not self.is_paragraph or _begins_block(line):
            self._loses(line)

    def _loses(self, line: str) -> None:
        self.found.append(line)
        self.is_paragraph = False
        self.content = None


def _begins_block(line: str) -> bool:
    """Tell whether a line ends the paragraph above it: a table, HTML, a quotation, a rule."""
    return line.lstrip(" ")[:1] in ("|", "<", ">") or _RULE.match(line) is not None


def _indent(line: str) -> int:
    spaced = line.expandtabs(_TAB)
    return len(spaced) - len(spaced.lstrip(" "))
