"""Cuts a text at its headers, fenced ones left in the text around them."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from setsquare.text.lazy_pattern import LazyPattern
from setsquare.workspace.openspec.text import INLINE_SPACE, SPACE, unfenced, without_closing_run

# Asked about the text with a line feed before it, so that the search jumps from line feed to line feed.
_HEADER = LazyPattern(rf"\n(#{{1,6}})((?:[{INLINE_SPACE}]|(?<=\n###)(?ai:Requirement:))[^\n]*)")
_SPACED_HEADER = LazyPattern(rf"\n(#{{1,6}})([{INLINE_SPACE}][^\n]*)")
_REQUIREMENT = LazyPattern(rf"(?ai)[{INLINE_SPACE}]*Requirement:(.+)\Z")
_DELTA_HEADER = LazyPattern(rf"(?ai)[{INLINE_SPACE}]+(?:ADDED|MODIFIED|REMOVED|RENAMED)[{INLINE_SPACE}]+Requirements[{INLINE_SPACE}]*\Z")
_SCENARIO_LABEL = LazyPattern(r"(?ai)Scenario:")
_METADATA = LazyPattern(r"\*\*[^*]+\*\*:")


def pieces(text: str, *, is_spaced: bool = False) -> list[str]:
    r"""Cut a text into what is before the first header and then, for each header, its signs, the rest of its line, and what follows.

    `###Requirement: x`, without a space, is a header too unless `is_spaced`. What follows begins with the line feed that ends the header.

    >>> pieces("a\n# b\nc\n```\n# d\n```")
    ['\na', '#', ' b', '\nc\n```\n# d\n```']
    """
    pattern = _SPACED_HEADER if is_spaced else _HEADER
    shown = unfenced(text)
    padded = "\n" + text
    if shown is text:
        return pattern.split(padded)
    parts: list[str] = []
    end = 0
    for found in pattern.finditer("\n" + shown):
        parts += (padded[end : found.start()], found[1], found[2])
        end = found.end()
    parts.append(padded[end:])
    return parts


class Headed(Struct, frozen=True, gc=False):
    """A header and what follows it up to the next one. `rest` is the line without its signs, `start` the position of the line, `line` its number."""

    level: int
    rest: str
    body: str
    line: int
    start: int


def headed(text: str) -> list[Headed]:
    r"""List the headers of a text with what follows each.

    >>> [(header.level, header.rest, header.line, header.start) for header in headed("a\n# b\nc\n## d")]
    [(1, ' b', 2, 2), (2, ' d', 4, 8)]
    """
    parts = pieces(text)
    start, line = len(parts[0]), parts[0].count("\n") + 1
    found: list[Headed] = []
    for at in range(1, len(parts), 3):
        level, rest, body = len(parts[at]), parts[at + 1], parts[at + 2]
        found.append(Headed(level, rest, body, line, start))
        start += 1 + level + len(rest) + len(body)
        line += 1 + body.count("\n")
    return found


def section_text(headers: Sequence[Headed], at: int) -> str:
    """Give what stands below a header up to the next one of its level or above, trimmed, deeper headers included."""
    level = headers[at].level
    if at + 1 == len(headers) or headers[at + 1].level <= level:
        return headers[at].body.strip(SPACE)
    parts = [headers[at].body]
    for header in headers[at + 1 :]:
        if header.level <= level:
            break
        parts += ("\n", "#" * header.level, header.rest, header.body)
    return "".join(parts).strip(SPACE)


def requirement_name(rest: str) -> str | None:
    """Give the name in the rest of a header of level 3, or `None` where it is no requirement.

    >>> requirement_name(" Requirement: Login ##"), requirement_name("requirement:x"), requirement_name(" Notes")
    ('Login', 'x', None)
    """
    if rest.startswith(" Requirement: "):
        name = rest[14:].strip(SPACE)
        return without_closing_run(name) if name.endswith("#") else name
    found = _REQUIREMENT.match(rest)
    return without_closing_run(found[1]) if found else None


def is_delta_header(rest: str) -> bool:
    """Tell whether a header of level 2 looks like a delta section's, however its words are spaced.

    >>> is_delta_header(" added  Requirements"), is_delta_header(" Requirements")
    (True, False)
    """
    return _DELTA_HEADER.match(rest) is not None


def scenario_name(rest: str) -> str:
    """Give the name in the rest of a header of level 4.

    >>> scenario_name(" Scenario: Wrong password ####"), scenario_name(" Plain")
    ('Wrong password', 'Plain')
    """
    name = without_closing_run(rest)
    if name.startswith("Scenario:"):
        return name[9:].strip(SPACE)
    found = _SCENARIO_LABEL.match(name)
    return name[found.end() :].strip(SPACE) if found else name


def statement(body: str) -> str:
    r"""Give the lines of a requirement's body that are not fenced, without metadata lines unless there is nothing else.

    >>> statement("\n**Id**: R1\nIt SHALL work.\n"), statement("\n**Id**: R1\n"), statement("\n```\nSHALL\n```\n")
    ('It SHALL work.', '**Id**: R1', '')
    """
    shown = unfenced(body)
    if shown is not body:
        body = "\n".join(line for line in shown.split("\n") if not line.startswith("\0"))
    if "**" not in body:
        return body.strip(SPACE)
    kept = "\n".join(line for line in body.split("\n") if not _METADATA.match(line)).strip(SPACE)
    return kept or body.strip(SPACE)
