"""Writes an ordered task list from the requirements and, where there is one, the design.

Source: Kiro directory page, section 2.6 (form and reference keys); settings page, section 1 (tutorial's flat list).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from setsquare.drafting.outline_bugfix import bugfix_tasks
from setsquare.drafting.outline_design import COMPONENTS, DATA, design_of
from setsquare.drafting.outline_grouping import Unit, homes_of, needed_by, units
from setsquare.drafting.outline_phrases import (
    action,
    bare_condition,
    capital,
    duty_line,
    listed,
    lowered_first,
    plain,
    slug_key,
)
from setsquare.drafting.outline_questions import questions
from setsquare.drafting.outline_reading import NothingToDraft, picture
from setsquare.drafting.outline_sections import excluded, heading, verification
from setsquare.drafting.picture import ContractKind, Duty, DutyKind, Picture
from setsquare.text.document import NodeKind
from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath
from setsquare.workspace.spec import Design, Dialect, Spec

_SMALL = 10
_BULLETS = 8
_FEW = 5
_LONG_CHARS = 80


class Step(Struct, frozen=True, kw_only=True):
    """One task line with what stands below it."""

    title: str
    details: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    depends: tuple[str, ...] = ()
    design: str = ""
    steps: tuple[Step, ...] = ()


# req: draft-and-approve/1.5
def outline_tasks(spec: Spec, design: Design | None = None) -> str | NothingToDraft:
    r"""Draft a task list without a model; the same spec and design give the same bytes.

    `design` is the design that the tasks implement; without one the tasks name the sections of the design that `outline_design` writes.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.workspace.requirements import read_requirements
    >>> raw = b"# Requirements: Bell\n\n## Functional Requirements\n\n- WHEN the button is pressed, THE Bell SHALL ring\n"
    >>> needs = read_requirements(scan("a/requirements.md", raw))
    >>> spec = Spec(name="a", path="a", root=".kiro", requirements=needs)
    >>> outline_tasks(spec).splitlines()[:3]
    ['# Tasks: Bell', '', '- [ ] 1. Ring']
    """
    found = picture(spec)
    if isinstance(found, NothingToDraft):
        return found
    titles = tuple(section.title for section in design.sections) if design and design.sections else own_titles(found)
    steps = bugfix_steps(found) if found.dialect is Dialect.BUGFIX else _steps(found, titles)
    return _written(found, kept_apart(steps, found))


def bugfix_steps(found: Picture) -> tuple[Step, ...]:
    """Turn the fixed plan of a bugfix into steps."""
    return tuple(
        Step(title=title, details=details, requirements=ids, depends=depends) for title, details, ids, depends in bugfix_tasks(found.duties)
    )


def limit_of(criteria: int) -> int:
    """Say how many task lines a spec may have: half of its criteria above ten, else one a criterion, at least 3.

    >>> limit_of(40), limit_of(11), limit_of(2)
    (20, 5, 3)
    """
    return criteria // 2 if criteria > _SMALL else max(3, criteria)


def own_titles(found: Picture) -> tuple[str, ...]:
    """List the headings of the design that the outline itself would write.

    >>> own_titles(Picture(name="a", dialect=Dialect.KIRO, introduction="", areas=(), duties=(), components=()))[0]
    'Design Document: a'
    """
    nodes = scan(RelPath("design.md"), design_of(found).encode("utf-8", "surrogateescape")).nodes
    return tuple(node.text for node in nodes if node.kind is NodeKind.HEADING)


def _steps(found: Picture, titles: tuple[str, ...]) -> tuple[Step, ...]:
    """Write foundations, units and the checkpoint as steps."""
    grouped = grouping(found)
    return steps_of(found, grouped, titles)


class Grouping(Struct, frozen=True):
    """The work of a task list: its units in building order, and whether a task that defines the data comes first."""

    units: tuple[Unit, ...]
    has_foundation: bool


def grouping(found: Picture) -> Grouping:
    r"""Group a picture's criteria into the units of its task list.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.workspace.requirements import read_requirements
    >>> raw = b"## Requirement 1: Ring\n### Acceptance Criteria\n1. WHEN a guest rings, THE Bell SHALL sound"
    >>> found = picture(Spec(name="bell", path="bell", root="", requirements=read_requirements(scan("r.md", raw))))
    >>> len(grouping(found).units), grouping(found).has_foundation
    (1, False)
    """
    limit = limit_of(len(found.duties))
    has_foundation = bool(found.entities) and limit > 3
    return Grouping(units(found, limit - 1 - has_foundation, nests=found.dialect is not Dialect.TUTORIAL), has_foundation)


def steps_of(found: Picture, grouped: Grouping, titles: tuple[str, ...]) -> tuple[Step, ...]:
    r"""Write a grouping as steps: the data first, the units, the checkpoint last.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.workspace.requirements import read_requirements
    >>> raw = b"## Requirement 1: Ring\n### Acceptance Criteria\n1. WHEN a guest rings, THE Bell SHALL sound"
    >>> found = picture(Spec(name="bell", path="bell", root="", requirements=read_requirements(scan("r.md", raw))))
    >>> [step.title for step in steps_of(found, grouping(found), ())][0]
    'Implement ring'
    """
    steps = [_foundation(found, titles)] if grouped.has_foundation else []
    offset = len(steps)
    homes = homes_of(grouped.units)
    parts = {part.name: part for part in found.components}
    for index, unit in enumerate(grouped.units):
        needed = {str(other + 1 + offset) for other in needed_by(unit, index, homes, parts) if other < index}
        if grouped.has_foundation and _uses_data(unit, found):
            needed.add("1")
        steps.append(step_of(unit, found, titles, tuple(sorted(needed, key=int))))
    return (*steps, _checkpoint(found))


def _foundation(found: Picture, titles: tuple[str, ...]) -> Step:
    """Write the task that defines the data."""
    names = tuple(plain(item.name) for item in found.entities)
    shown = listed(names) if len(names) <= 4 else f"{', '.join(names[:3])} and {len(names) - 3} more"
    details = [
        f"{plain(item.name)}: {listed(item.attributes[:10]) or 'attributes as the design decides'}" for item in found.entities[:_BULLETS]
    ]
    if len(found.entities) > _BULLETS:
        details.append(f"The remaining {len(found.entities) - _BULLETS} models as the design lists them")
    details.append("Done when: every model can be created with valid values, refuses invalid ones, and has a test for both")
    order = {duty.id: index for index, duty in enumerate(found.duties)}
    ids = {identifier for item in found.entities for identifier in item.criteria[:3]}
    chosen = tuple(sorted(ids, key=lambda identifier: order.get(identifier, 0)))
    return Step(
        title=f"Define the data model{'s' if len(names) > 1 else ''}: {shown}",
        details=tuple(details),
        requirements=chosen or (found.duties[0].id,),
        design=_section(titles, (DATA,)),
    )


def _uses_data(unit: Unit, found: Picture) -> bool:
    """Tell whether a unit's criteria name data that the foundation defines."""
    own = {duty.id for duty in unit.duties}
    return any(own & set(item.criteria) for item in found.entities)


def step_of(unit: Unit, found: Picture, titles: tuple[str, ...], depends: tuple[str, ...]) -> Step:
    r"""Write a unit as a task, with sub-tasks where it has pieces.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.workspace.requirements import read_requirements
    >>> raw = b"## Requirement 1: Ring\n### Acceptance Criteria\n1. WHEN a guest rings, THE Bell SHALL sound"
    >>> found = picture(Spec(name="bell", path="bell", root="", requirements=read_requirements(scan("r.md", raw))))
    >>> step_of(grouping(found).units[0], found, (), ("2",)).depends
    ('2',)
    """
    parts = tuple(dict.fromkeys(duty.component for duty in unit.duties))
    where = _section(titles, (heading(found.component(unit.part)), *unit.topics))
    if unit.pieces:
        pieces = tuple(step_of(piece, found, titles, ()) for piece in unit.pieces)
        return Step(title=title_of(unit), depends=depends, design=where, steps=pieces)
    details = [*_bullets(unit.duties), _done(unit.duties, found)]
    if len(parts) > 1 and all(found.component(part).is_named for part in parts) and len(parts) <= 4:
        details.insert(0, f"Touches {listed(parts)}")
    return Step(
        title=title_of(unit), details=tuple(details), requirements=tuple(duty.id for duty in unit.duties), depends=depends, design=where
    )


def title_of(unit: Unit) -> str:
    """Make one verb phrase of a unit's goals.

    >>> from setsquare.drafting.picture import Layer
    >>> title_of(Unit(goals=("Build search", "Build export"), topics=(), duties=(), part="Shop", layer=Layer.LOGIC))
    'Build search and export'
    """
    goals = unit.goals
    if len(goals) == 1:
        return goals[0]
    heads = {goal.split(" ", 1)[0] for goal in goals}
    rest = tuple(goal.split(" ", 1)[1] for goal in goals if " " in goal)
    shown = rest if len(rest) <= 3 else (*rest[:2], f"{len(rest) - 2} more topics")
    if len(heads) == 1 and len(rest) == len(goals):
        if any(" and " in item for item in shown):
            return f"{heads.pop()} {'; '.join(shown)}"
        return f"{heads.pop()} {listed(shown)}"
    if sum(map(len, goals)) > _LONG_CHARS:
        goals = tuple(re.split(r" and |, ", goal)[0] for goal in goals)
    some = goals if len(goals) <= 3 else (*goals[:2], f"{len(goals) - 2} more topics")
    return "; ".join((some[0], *(lowered_first(goal) for goal in some[1:])))


def _bullets(duties: tuple[Duty, ...]) -> list[str]:
    """Say what to build, condensed: behaviour first, failures after it, the same thing once."""
    lines: dict[str, None] = {}
    for duty in duties:
        if duty.kind is not DutyKind.FAILURE:
            lines[duty_line(duty.statement, 14)] = None
    for duty in duties:
        if duty.kind is DutyKind.FAILURE:
            given = bare_condition(duty.statement, 14)
            lines[f"Failure: {given} → {action(duty.statement, 14)}" if given else f"Failure: {action(duty.statement, 14)}"] = None
    shown = list(lines)
    if len(shown) > _BULLETS:
        return [*shown[: _BULLETS - 1], f"The remaining {len(shown) - _BULLETS + 1} behaviours as the criteria below say"]
    return shown


def _done(duties: tuple[Duty, ...], found: Picture) -> str:
    """Say when a task is done: which tests pass."""
    how: dict[str, list[str]] = {}
    for duty in duties:
        way = verification(duty, found)
        how.setdefault("property" if way.startswith("property") else way, []).append(
            way.removeprefix("property ") if way.startswith("property") else duty.id
        )
    parts = []
    if "property" in how:
        numbers = tuple(dict.fromkeys(how["property"]))
        parts.append(
            f"propert{'ies' if len(numbers) > 1 else 'y'} {listed(numbers)} hold{'' if len(numbers) > 1 else 's'} in property tests"
        )
    if "failure test" in how:
        parts.append(f"failure tests pass for {listed(tuple(how['failure test']))}")
    if "measurement" in how:
        parts.append(f"measurements meet the figures of {listed(tuple(how['measurement']))}")
    if "example test" in how:
        parts.append(f"example tests pass for {listed(tuple(how['example test']))}")
    return "Done when: " + "; ".join(parts)


def _section(titles: tuple[str, ...], wanted: Iterable[str]) -> str:
    """Name the design section that a task implements: one with a wanted title, else the components section; empty when there is neither."""
    keys = {slug_key(title): title for title in reversed(titles)}
    for want in wanted:
        if (title := keys.get(slug_key(want))) is not None:
            return (
                title
                if slug_key(title) in {slug_key(COMPONENTS), slug_key(DATA)}
                else f"{COMPONENTS} / {title}"
                if slug_key(COMPONENTS) in keys
                else title
            )
    for want in wanted:
        for key, title in keys.items():
            if len(want) > _FEW and slug_key(want) in key:
                return title
    return keys.get(slug_key(COMPONENTS), "")


def _checkpoint(found: Picture) -> Step:
    """Write the closing task."""
    details = [
        "Run the whole test suite, not only the new tests",
        "Compare the result with the requirements table of the design, line by line",
    ]
    if any(item.kind is ContractKind.ENDPOINT for item in found.contracts):
        details.append("Call every endpoint of the API contracts once against the running program")
    return Step(title="Final checkpoint: ensure that all tests pass and every criterion is verified", details=tuple(details))


def kept_apart(steps: tuple[Step, ...], found: Picture) -> tuple[Step, ...]:
    """Keep every line apart from the sentences of the criteria: a criterion that is but a phrase is named with its id.

    >>> from setsquare.drafting.picture import Picture
    >>> kept_apart((), Picture(name="a", dialect=Dialect.KIRO, introduction="", areas=(), duties=(), components=()))
    ()
    """
    sentences: dict[str, list[str]] = {}
    for duty in found.duties:
        sentences.setdefault(_bare(duty.criterion.text), []).append(duty.id)
    return tuple(_told(step, sentences) for step in steps)


def _told(step: Step, sentences: Mapping[str, list[str]]) -> Step:
    """Write one step and those below it without a line that is only a criterion's sentence."""
    details = []
    for detail in step.details:
        ids = sentences.get(_bare(detail), [])
        own = [identifier for identifier in ids if identifier in step.requirements] or ids
        details.append(f"Build and test: {lowered_first(plain(detail))} ({', '.join(own)})" if ids else detail)
    return Step(
        title=f"Implement and test: {step.title}" if _bare(step.title) in sentences else step.title,
        details=tuple(details),
        requirements=step.requirements,
        depends=step.depends,
        design=step.design,
        steps=tuple(_told(piece, sentences) for piece in step.steps),
    )


def _bare(text: str) -> str:
    """Reduce a sentence to what makes it the same sentence."""
    return " ".join(plain(text).lower().split()).rstrip(" .;:,。；：，、")


def _written(found: Picture, steps: tuple[Step, ...]) -> str:
    """Write the file in its dialect's form."""
    is_flat = found.dialect is Dialect.TUTORIAL
    lines = [f"# {'Tasks' if is_flat else 'Implementation Plan'}: {found.name}", ""]
    if not is_flat:
        lines += [
            "## Overview",
            "",
            "Build from the data outward: each task ends with its own tests, and a task comes after what it depends on.",
            "",
            "## Tasks",
            "",
        ]
    for number, step in enumerate(steps, start=1):
        lines += step_lines(step, str(number), "")
    lines += ["", "## Out of Scope", "", *_out_of_scope(found)]
    return "\n".join(lines) + "\n"


def step_lines(step: Step, number: str, indent: str) -> list[str]:
    """Write a task with its details and sub-tasks.

    >>> step_lines(Step(title="Ring", requirements=("1.1",)), "2", "")
    ['- [ ] 2. Ring', '  - _Requirements: 1.1_']
    """
    dot = "." if "." not in number else ""
    lines = [f"{indent}- [ ] {number}{dot} {plain(step.title)}"]
    inner = f"{indent}  "
    lines += [f"{inner}- {plain(detail)}" for detail in step.details]
    if step.requirements:
        lines.append(f"{inner}- _Requirements: {', '.join(step.requirements)}_")
    if step.design:
        lines.append(f"{inner}- _Design: {step.design}_")
    if step.depends:
        lines.append(f"{inner}- _Depends: {', '.join(step.depends)}_")
    for index, piece in enumerate(step.steps, start=1):
        lines += step_lines(piece, f"{number}.{index}", inner)
    return lines


def _out_of_scope(found: Picture) -> list[str]:
    """List what must not change and what is not to be built."""
    lines = [f"- Forbidden by the requirements: {lowered_first(line[2:])}" for line in excluded(found.duties)]
    lines.append("- Behaviour that no criterion names, and files that none of the tasks above needs: they stay as they are.")
    lines.append(f"- Parts of the system outside of “{found.name}”, shared configuration and shared migrations.")
    asked = len(questions(found))
    if asked:
        lines.append(
            f"- Open decisions: the design asks {asked} question{'s' if asked > 1 else ''} (“To decide”); settle the ones that a task touches before starting it."
        )
    return [capital(line) for line in lines]
