"""Reads a Spec Kit feature's `spec.md`.

Headings keep their suffix `*(mandatory)*`; groups of ids may stand in headings, ids may restart, carry letters or a group's prefix.

Source: the templates of github/spec-kit 1.0.2 and what repositories write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath
from setsquare.workspace.openspec.text import unfenced
from setsquare.workspace.speckit.model import Demand, Feature, Line, Story
from setsquare.workspace.speckit.naming import is_edge_heading, is_entity_heading, is_scenario, story_name

_HEADING = LazyPattern(r"(#{1,6})\s+(.*?)\s*#*\s*", 0)
_SUFFIX = LazyPattern(r"\s*\*\([^)]*\)\*\s*$", 0)
_FIELD = LazyPattern(r"\*\*([^*:：]+)(?:\*\*\s*[:：]|[:：]\s*\*\*)\s*(.*?)\s*", 0)
_DEMAND = LazyPattern(
    r"\s*(?:[-*+]|\d+[.)])?\s*\*{0,2}((?:[A-Z]+-)*(?:FR|NFR|AC|SC)(?:-[A-Z]+)*-?\d+(?:\.\d+)*[a-z]?)\*{0,2}\s*[:：]\s*\*{0,2}\s*(.*)", 0
)
_ITEM = LazyPattern(r"(\s*)(?:[-*+]|\d+[.)])\s+(.*)", 0)
_UNCLEAR = LazyPattern(r"\[NEEDS CLARIFICATION(?:[:：]\s*([^\]]*))?\]", 0)
_ASIDE = LazyPattern(r"(?i)(?:assumption|clarification|out of scope|non-goals|scope\b|dependenc|constraint|前提|範囲外|制約)", 0)
_TITLE = LazyPattern(r"(?i)feature specification\s*[:：]\s*", 0)


class _Row(Struct, frozen=True):
    """A line with the headings above it, outermost first; `is_code` within a code block, where nothing is demanded."""

    text: str
    line: int
    under: tuple[str, ...]
    heading: int = 0
    is_code: bool = False


# req: openspec-interop/4.3
def read_feature(path: RelPath, text: str) -> Feature:
    r"""Read a feature.

    >>> text = "# Feature Specification: Pay\n### User Story 1 - Card (Priority: P1)\n1. **Given** a, **When** b, **Then** c\n- **FR-001**: It MUST d"
    >>> found = read_feature(RelPath("spec.md"), text)
    >>> found.title, found.stories[0].title, found.stories[0].scenarios[0].line, found.demands[0].id
    ('Pay', 'Card', 3, 'FR-001')
    """
    rows = _rows(text)
    titles = [row.text for row in rows if row.heading == 1]
    title = _TITLE.sub("", titles[0]) if titles else ""
    fields = [(found[1].strip(), found[2]) for row in rows if len(row.under) <= 1 and (found := _FIELD.fullmatch(row.text))]
    stories = tuple(_stories(rows))
    placed = {line.line for story in stories for line in (*story.prose, *story.scenarios)} | {story.line for story in stories}
    numbered = [row for row in rows if row.line not in placed and not (row.heading or row.is_code) and _DEMAND.fullmatch(row.text)]
    demands = [_demand(row, rows) for row in numbered]
    edges, entities = (_listed(rows, is_below, placed) for is_below in (is_edge_heading, is_entity_heading))
    taken = placed | {line for one in numbered for line in _spread(one, rows)} | {one.line for one in (*edges, *entities)}
    sections = tuple(_sections(rows, taken))
    taken |= {line.line for _, lines in sections for line in lines}
    unclear = [
        Line(found[1] or row.text.strip("-* "), row.line)
        for row in rows
        for found in _UNCLEAR.compiled.finditer(row.text)
        if not row.is_code
        and not any(
            "execution flow" in name or "quick guidelines" in name or "checklist" in name or "ai generation" in name
            for name in map(str.lower, row.under)
        )
    ]
    rest = [
        Line(row.text, row.line)
        for row in rows
        if row.line not in taken and row.text.strip() and row.heading != 1 and not _is_empty(row, rows, taken)
    ]
    return Feature(
        path=path,
        title=title,
        fields=tuple(fields),
        stories=stories,
        edge_cases=edges,
        demands=tuple(one for one in demands if not one.id.startswith("SC")),
        outcomes=tuple(one for one in demands if one.id.startswith("SC")),
        entities=entities,
        unclear=tuple(unclear),
        sections=sections,
        rest=tuple(rest),
    )


def _sections(rows: Sequence[_Row], taken: set[int]) -> Iterator[tuple[str, tuple[Line, ...]]]:
    """Give the sections of level 2 that are kept as they are, headings within them too."""
    for at, row in enumerate(rows):
        if row.heading != 2 or not _ASIDE.search(row.text):
            continue
        end = next((other for other in range(at + 1, len(rows)) if 0 < rows[other].heading <= row.heading), len(rows))
        inside = [
            Line(f"{'#' * one.heading} {one.text}" if one.heading else one.text, one.line)
            for one in rows[at + 1 : end]
            if one.line not in taken
        ]
        yield row.text, tuple(line for line in inside if line.text.strip() != "---")


def _rows(text: str) -> list[_Row]:
    """List the lines with the headings that they stand under."""
    found: list[_Row] = []
    under: list[tuple[int, str]] = []
    for at, (line, shown) in enumerate(zip(text.split("\n"), unfenced(text).split("\n"), strict=True), 1):
        heading = _HEADING.fullmatch(shown)
        if heading:
            level, title = len(heading[1]), _SUFFIX.sub("", heading[2])
            under = [one for one in under if one[0] < level]
            found.append(_Row(title, at, tuple(name for _, name in under), level))
            under.append((level, title))
        else:
            found.append(_Row(line.rstrip(), at, tuple(name for _, name in under), is_code=shown != line))
    return found


def _stories(rows: Sequence[_Row]) -> Iterator[Story]:
    """Give the stories; an older template has one, without a number, and its scenarios under a heading of their own."""
    heads = [(at, found) for at, row in enumerate(rows) if row.heading and (found := story_name(row.text, row.heading))]
    if not heads:
        old = next((at for at, row in enumerate(rows) if row.heading and row.text.lower().startswith("primary user story")), None)
        if old is not None:
            end = next(
                (at for at in range(old + 1, len(rows)) if 0 < rows[at].heading <= rows[old].heading and not _is_scenarios(rows[at])),
                len(rows),
            )
            yield _story(rows[old], rows[old + 1 : end], "1", "Primary User Story", "")
        return
    for at, found in heads:
        end = next((other for other in range(at + 1, len(rows)) if 0 < rows[other].heading <= rows[at].heading), len(rows))
        yield _story(rows[at], rows[at + 1 : end], found.number, found.title.strip() or f"User Story {found.number}", found.priority)


def _is_scenarios(row: _Row) -> bool:
    return "acceptance scenario" in row.text.lower()


def _story(head: _Row, rows: Sequence[_Row], number: str, title: str, priority: str) -> Story:
    """Read what stands below a story's heading."""
    prose: list[Line] = []
    scenarios: list[Line] = []
    for row in rows:
        item = _ITEM.fullmatch(row.text)
        text = item[2] if item else row.text.strip()
        if not row.is_code and is_scenario(text, is_numbered=item is not None and row.text.lstrip()[:1].isdigit()):
            scenarios.append(Line(text.strip(), row.line))
        elif scenarios and row.text.startswith((" ", "\t")) and row.text.strip():
            scenarios[-1] = replace(scenarios[-1], text=f"{scenarios[-1].text} {text}")
            prose.append(Line("", row.line))
        elif "acceptance scenario" in row.text.lower():
            prose.append(Line("", row.line))
        elif row.text.strip() and row.text.strip() != "---" and not _DEMAND.fullmatch(row.text):
            prose.append(Line(row.text, row.line))
    return Story(number=number, title=title, line=head.line, priority=priority, prose=tuple(prose), scenarios=tuple(scenarios))


def _demand(row: _Row, rows: Sequence[_Row]) -> Demand:
    found = _DEMAND.fullmatch(row.text)
    more = [rows[line - 1].text.strip() for line in _spread(row, rows)[1:]]
    first = found[2].strip() if found else row.text
    return Demand(id=found[1] if found else "", text=" ".join((first, *more)), line=row.line)


def _spread(row: _Row, rows: Sequence[_Row]) -> list[int]:
    """List the lines of an item: its own and what is indented below it."""
    lines = [row.line]
    for other in rows[row.line :]:
        if other.heading or not other.text.strip() or not other.text.startswith((" ", "\t")) or _DEMAND.fullmatch(other.text):
            break
        lines.append(other.line)
    return lines


def _listed(rows: Sequence[_Row], is_below: Callable[[str], bool], placed: set[int]) -> tuple[Line, ...]:
    """List the items below a heading of some kind."""
    below = (row for row in rows if row.line not in placed and not row.heading and any(map(is_below, row.under)))
    return tuple(Line(item[2].strip(), row.line) for row in below if (item := _ITEM.fullmatch(row.text)))


def _is_empty(row: _Row, rows: Sequence[_Row], taken: set[int]) -> bool:
    """Tell whether a line is a field, a rule, or a heading of which everything below is placed."""
    if not row.heading:
        return row.text.strip() == "---" or (len(row.under) <= 1 and _FIELD.fullmatch(row.text) is not None)
    for other in rows[row.line :]:
        if 0 < other.heading <= row.heading:
            break
        if other.line not in taken and other.text.strip() and not other.heading and other.text.strip() != "---":
            return False
    return True
