"""Validates a main spec as OpenSpec does.

OpenSpec reads a spec twice: once as a tree of sections at any level, where every header below *Requirements* is a requirement, and once as
blocks below `## Requirements`. The tree serves only these verdicts; everything else of Setsquare reads blocks.

Source: the validation of OpenSpec 1.13.2, observed from outside.
"""

from __future__ import annotations

import re

from setsquare.spec.openspec.issue import Issue, Level
from setsquare.spec.openspec.keyword import has_keyword, keyword_issue
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath
from setsquare.workspace.openspec.headers import is_delta_header, pieces, requirement_name, statement
from setsquare.workspace.openspec.main_spec import read_main_spec
from setsquare.workspace.openspec.text import INLINE_SPACE, SPACE, length, line_at, unfenced

_SECTION_LEVEL = 2
_REQUIREMENT_LEVEL = 3
_LEAST_PURPOSE = 50
_LONGEST_REQUIREMENT = 500
_GUIDE = (
    'Missing required sections. Expected headers: "## Purpose" and "## Requirements". Example:\n'
    "## Purpose\n[brief purpose]\n\n## Requirements\n### Requirement: Clear requirement statement\nUsers SHALL ...\n\n"
    "#### Scenario: Descriptive name\n- **WHEN** ...\n- **THEN** ..."
)
_NO_PURPOSE = Issue(Level.ERROR, "file", f"Spec must have a Purpose section. {_GUIDE}")
_NO_REQUIREMENTS = Issue(Level.ERROR, "file", f"Spec must have a Requirements section. {_GUIDE}")
_NO_SCENARIO = "Requirement must have at least one scenario"
_SCENARIO_GUIDE = (
    f"{_NO_SCENARIO}. Scenarios must use level-4 headers. Convert bullet lists into:\n"
    "#### Scenario: Short name\n- **WHEN** ...\n- **THEN** ...\n- **AND** ..."
)
_TOO_LONG = f"Requirement text is very long (>{_LONGEST_REQUIREMENT} characters). Consider breaking it down."
_TOO_BRIEF = f"Purpose section is too brief (less than {_LEAST_PURPOSE} characters)"
_PLACEHOLDER = (
    "Purpose section is still a placeholder rather than a Purpose anyone wrote (the sentence `openspec archive` writes for a new capability, "
    "or a `TBD`/`TODO` marker left in its place). Replace it with what this capability is for, editing the main spec directly: "
    "a `## Purpose` in a delta is read only when the capability is created, so it cannot replace this one."
)
_DELTA_ADVICE = "Delta headers are only valid inside openspec/changes/<name>/specs/<capability-path>/spec.md and truncate the parsed ## Requirements section."
_OUTSIDE = (
    "appears outside the main ## Requirements section. Main specs only parse requirements inside that section, "
    "so this requirement is currently invisible to validate, list, and archive."
)
_UNIQUE = "Requirement names must be unique so spec updates cannot discard one block while updating another."
_SENTENCE_BEGINS = "TBD - created by archiving change "
_SENTENCE_ENDS = ". Update Purpose after archive."
_MARKER = LazyPattern(rf"[{INLINE_SPACE}\n]*((?:TBD|TODO)(?!\w)|(?i:TBD|TODO)(?=[ \t]*(?:[-–—:.,;()\[\]{{}}]|$)))", re.MULTILINE)


def spec_issues(text: str) -> tuple[Issue, ...]:
    r"""Judge the text of a main spec, issues in OpenSpec's order.

    >>> [(issue.level.value, issue.path) for issue in spec_issues("## Purpose\nShort\n## Requirements\n### Requirement: A\nIt SHALL.\n")]
    [('ERROR', 'requirements.0.scenarios'), ('WARNING', 'overview'), ('WARNING', 'requirements[0].scenarios')]
    """
    parts = pieces(text)
    is_spaced = all(rest[0] not in "rR" for rest in parts[2::3])
    judged = _section_issues(parts if is_spaced else pieces(text, is_spaced=True))
    if isinstance(judged, Issue):
        return (judged,)
    defects, advice = judged
    return (*defects, *_structure_issues(parts), *advice, *_keyword_issues(parts, text))


def structural_issues(text: str) -> tuple[Issue, ...]:
    r"""Give only what makes a main spec unsafe to merge into: delta headers, requirements outside their section, a name twice.

    >>> [issue.line for issue in structural_issues("## Notes\n### Requirement: A\n")]
    [2]
    """
    return tuple(_structure_issues(pieces(text)))


def _section_issues(parts: list[str]) -> Issue | tuple[list[Issue], list[Issue]]:
    """Judge the tree of sections: what is missing for there to be a spec at all, else its defects and the advice."""
    purpose_at = requirements_at = 0
    for at in range(1, len(parts), 3):
        title = parts[at + 1].strip(SPACE).lower()
        if title == "purpose":
            purpose_at = purpose_at or at
        elif title == "requirements":
            requirements_at = requirements_at or at
        if purpose_at and requirements_at:
            break
    purpose = _content(parts, purpose_at) if purpose_at else ""
    if not purpose.strip(SPACE):
        return _NO_PURPOSE
    if not requirements_at:
        return _NO_REQUIREMENTS
    texts, bare = _requirements(parts, requirements_at)
    defects = [Issue(Level.ERROR, f"requirements.{index}.scenarios", _NO_SCENARIO) for index in bare]
    if not texts:
        defects.append(Issue(Level.ERROR, "requirements", "Spec must have at least one requirement"))
    advice = _purpose_issues(purpose, parts, purpose_at)
    for index, body in enumerate(texts):
        if len(body) > _LONGEST_REQUIREMENT // 2 and length(statement(body)) > _LONGEST_REQUIREMENT:
            advice.append(Issue(Level.INFO, f"requirements[{index}]", _TOO_LONG))
        if index in bare:
            advice.append(Issue(Level.WARNING, f"requirements[{index}].scenarios", _SCENARIO_GUIDE))
    return defects, advice


def _content(parts: list[str], at: int) -> str:
    """Give what is below a header up to the next one of its level or above, as written."""
    level = len(parts[at])
    content = parts[at + 2]
    for after in range(at + 3, len(parts), 3):
        if len(parts[after]) <= level:
            break
        content += "\n" + "".join(parts[after : after + 3])
    return content


def _requirements(parts: list[str], at: int) -> tuple[list[str], list[int]]:
    """List the bodies of the headers right below *Requirements* (a header's title where it has no body), and which have no scenario."""
    top, level, scenario_level = len(parts[at]), 0, 0
    texts: list[str] = []
    bare: list[int] = []
    is_bare = False
    for after in range(at + 3, len(parts), 3):
        depth = len(parts[after])
        if len(parts[after + 1]) == 1:  # signs and a blank: no section, though it ends what stands above
            continue
        if depth <= top:
            break
        if not level or depth <= level:
            if is_bare:
                bare.append(len(texts) - 1)
            body = parts[after + 2]
            texts.append(body if body.strip(SPACE) else parts[after + 1])
            level, scenario_level, is_bare = depth, 0, True
        elif not scenario_level or depth <= scenario_level:
            scenario_level = depth
            is_bare = is_bare and not _has_content(parts, after)
    if is_bare:
        bare.append(len(texts) - 1)
    return texts, bare


def _has_content(parts: list[str], at: int) -> bool:
    """Tell whether anything stands below a header, deeper headers included."""
    if parts[at + 2].strip(SPACE):
        return True
    return at + 3 < len(parts) and len(parts[at + 3]) > len(parts[at])


def _purpose_issues(purpose: str, parts: list[str], at: int) -> list[Issue]:
    """Judge the purpose: a placeholder, or too brief."""
    shown = unfenced(purpose)
    found = _MARKER.match(shown)
    place = found.start(1) if found else -1
    if place < 0:
        place = _archive_sentence(shown)
    if place >= 0:
        above = "\n".join("".join(parts[start : start + 3]) for start in range(1, at, 3))
        line = parts[0].count("\n") + 1 + above.count("\n") + (1 if at > 1 else 0)
        return [Issue(Level.WARNING, "overview", _PLACEHOLDER, line + line_at(purpose, place) - 1)]
    if length(purpose.strip(SPACE)) < _LEAST_PURPOSE:
        return [Issue(Level.WARNING, "overview", _TOO_BRIEF)]
    return []


def _archive_sentence(text: str) -> int:
    """Find the sentence that an archive writes for a purpose, within one line; -1 where it is not."""
    begin = text.find(_SENTENCE_BEGINS)
    while begin >= 0:
        end = text.find("\n", begin)
        line = text[begin : end if end >= 0 else len(text)]
        if line.find(_SENTENCE_ENDS, len(_SENTENCE_BEGINS) + 1) >= 0:
            return begin
        begin = text.find(_SENTENCE_BEGINS, end) if end >= 0 else -1
    return -1


def _keyword_issues(parts: list[str], text: str) -> list[Issue]:
    """Judge the statement of each block below the first `## Requirements`."""
    is_inside = False
    for at in range(1, len(parts), 3):
        level = len(parts[at])
        if level == _SECTION_LEVEL:
            if is_inside:
                return []
            is_inside = parts[at + 1].strip(SPACE).lower() == "requirements"
        elif level == _REQUIREMENT_LEVEL and is_inside:
            body = parts[at + 2]
            if not has_keyword(body) or "**" in body or "```" in body or "~~~" in body:
                break
    else:
        return []
    blocks = read_main_spec("", RelPath(""), text).requirements
    judged = (
        keyword_issue("Requirement", f"requirements[{index}]", block.name, block.statement, "must contain SHALL or MUST")
        for index, block in enumerate(blocks)
    )
    return [issue for issue in judged if issue is not None]


def _structure_issues(parts: list[str]) -> list[Issue]:
    """Look for delta headers, requirements outside their section, and names that stand twice."""
    issues: list[Issue] = []
    first: dict[str, int] = {}
    line = parts[0].count("\n") + 1
    state = 0
    for at in range(1, len(parts), 3):
        level, rest, body = len(parts[at]), parts[at + 1], parts[at + 2]
        if level == _SECTION_LEVEL:
            state = 1 if not state and rest.strip(SPACE).lower() == "requirements" else 2 if state else 0
            if is_delta_header(rest):
                issues.append(
                    Issue(Level.ERROR, "file", f'Main spec contains delta header "##{rest.rstrip(SPACE)}". {_DELTA_ADVICE}', line)
                )
        elif level == _REQUIREMENT_LEVEL and rest[0] not in "rR" and (name := requirement_name(rest)) is not None:
            header = f'Requirement header "###{rest.rstrip(SPACE)}"'
            if state != 1:
                issues.append(Issue(Level.ERROR, "file", f"{header} {_OUTSIDE}", line))
            elif name in first:
                issues.append(
                    Issue(Level.ERROR, "file", f"{header} duplicates the requirement declared on line {first[name]}. {_UNIQUE}", line)
                )
            else:
                first[name] = line
        line += 1 + body.count("\n")
    return issues
