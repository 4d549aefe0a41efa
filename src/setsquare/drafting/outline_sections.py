"""Writes the sections of a design, each as a tuple of lines."""

from __future__ import annotations

import re

from setsquare.drafting.outline_components import in_building_order
from setsquare.drafting.outline_phrases import action, capital, cause, cell, duty_line, listed, lowered_first, plain, shortened
from setsquare.drafting.outline_stories import article
from setsquare.drafting.picture import Component, Contract, ContractKind, Duty, DutyKind, Entity, Layer, Picture, Promise

Lines = tuple[str, ...]

REFERENCES = "**Requirements:**"
"""Opens the line that names the criteria of a component, as a reference that can be traced."""

SECURITY = re.compile(
    r"(?i)\b(?:passwords?|credentials?|encrypt\w*|decrypt\w*|authenticat\w*|authori[sz]\w*|permissions?|privileg\w*|secrets?|api keys?|tls|over https|(?:uses?|requires?|enforces?|via) https|csrf|xss|saniti[sz]\w*|"
    r"injection|rate[- ]limit\w*|audit\w*|personal data|pii|gdpr|access control|roles?|tokens?|sessions?|brute[- ]force|lock(?:ed|out)?|signature|hash\w*)\b"
)
"""Words of criteria that concern security."""
_LAYER_WORDS = {Layer.DATA: "keeps data", Layer.LOGIC: "holds the rules", Layer.EDGE: "faces users or callers", Layer.CROSS: "cuts across"}
_PRONOUN = re.compile(r"(?i)\b(?:it|them|they|those|this)\b|\b(?:for|after|on|in|to|of|from) that\b")
_PERFORMANCE = re.compile(
    r"(?i)\b(?:within|under|less than|at most|every|at least|up to)\s+\d[\d,.]*\s*(?:ms|milliseconds?|s|sec|seconds?|minutes?|hours?|requests?|concurrent|users|[kmg]b|fps)\b|\d+\s*(?:concurrent|requests|users|rows|records)"
)


def architecture(picture: Picture) -> Lines:
    r"""Describe the components as a list and, from two on that speak of each other, as a graph.

    >>> from setsquare.drafting.outline_reading import picture
    >>> from setsquare.text.markdown import scan
    >>> from setsquare.workspace.requirements import read_requirements
    >>> from setsquare.workspace.spec import Spec
    >>> raw = b"## Requirement 1: Ring\n### Acceptance Criteria\n1. WHEN a guest rings, THE Bell SHALL sound"
    >>> found = picture(Spec(name="bell", path="bell", root="", requirements=read_requirements(scan("r.md", raw))))
    >>> architecture(found)[-1]
    '- **Bell**: holds the rules, answers 1.1'
    """
    lines = ["The parts, from what is built first to what is built on it:", ""]
    parts = in_building_order(picture.components)
    for part in parts:
        about = shortened(part.meaning, 16) if part.meaning else f"{_LAYER_WORDS[part.layer]}, answers {_span(part)}"
        lines.append(f"- **{plain(part.name)}**: {lowered_first(about)}")
    if any(part.calls for part in parts):
        lines += ["", *_graph(picture)]
    return tuple(lines)


def _span(part: Component) -> str:
    """Say which criteria a component answers, by its requirements where these are whole."""
    ids = tuple(duty.id for duty in part.duties)
    if len(ids) == 2:
        return listed(ids)
    return (
        ids[0] if len(ids) == 1 else f"{ids[0]} to {ids[-1]}" if len({duty.area for duty in part.duties}) == 1 else f"{len(ids)} criteria"
    )


def _graph(picture: Picture) -> Lines:
    """Draw who mentions whom."""
    ids = {part.name: f"c{number}" for number, part in enumerate(picture.components, start=1)}
    linked = {part.name for part in picture.components if part.calls} | {called for part in picture.components for called in part.calls}
    lines = ["```mermaid", "graph TD"]
    lines += [f'    {ids[part.name]}["{_label(part.name)}"]' for part in picture.components if part.name in linked]
    lines += [f"    {ids[part.name]} --> {ids[called]}" for part in picture.components for called in part.calls]
    return (*lines, "```", "", "An arrow means that the criteria of one part mention the other.")


def _label(name: str) -> str:
    """Make a name safe inside a quoted Mermaid label."""
    return re.sub(r'["`<>{}\[\]|]', "", plain(name))


def heading(component: Component) -> str:
    """Give the heading of a component, the same for the design and for the tasks that name it.

    >>> heading(Component(name="`Store`", layer=Layer.DATA))
    'Store'
    """
    return plain(component.name).strip("#` ") or "System"


def component(part: Component, picture: Picture) -> Lines:
    r"""Describe a component: meaning, responsibilities, failures, whom it calls.

    >>> from setsquare.drafting.outline_reading import picture
    >>> from setsquare.text.markdown import scan
    >>> from setsquare.workspace.requirements import read_requirements
    >>> from setsquare.workspace.spec import Spec
    >>> raw = b"## Requirement 1: Ring\n### Acceptance Criteria\n1. WHEN a guest rings, THE Bell SHALL sound"
    >>> found = picture(Spec(name="bell", path="bell", root="", requirements=read_requirements(scan("r.md", raw))))
    >>> component(found.components[0], found)[-1]
    '**Requirements:** 1.1'
    """
    lines = [f"### {heading(part)}", ""]
    if part.meaning:
        lines += [capital(part.meaning).rstrip(".") + ".", ""]
    elif wants := _wants(part, picture):
        lines += [wants, ""]
    duties = [duty for duty in part.duties if duty.kind is not DutyKind.FAILURE]
    if duties:
        lines += ["Responsibilities:", "", *_responsibilities(tuple(duties)), ""]
    if failures := tuple(duty.id for duty in part.duties if duty.kind is DutyKind.FAILURE):
        lines += [f"Failure paths: {listed(failures)}, see Error Handling.", ""]
    if part.calls:
        lines += [f"Works with: {listed(part.calls)}.", ""]
    lines += [f"{REFERENCES} {', '.join(duty.id for duty in part.duties)}", ""]
    return tuple(lines[:-1])


def _wants(part: Component, picture: Picture) -> str:
    """Say for whom a topic's component is there, from the user story."""
    areas = {duty.area for duty in part.duties}
    if part.is_named or len(areas) != 1:
        return ""
    area = picture.areas[areas.pop()]
    if not area.want or not area.role:
        return ""
    return f"{capital(article(area.role))} {area.role} wants {area.want.rstrip('.')}."


def _responsibilities(duties: tuple[Duty, ...]) -> Lines:
    """List condensed duties; those that ask for the same thing share a line."""
    lines: dict[str, list[str]] = {}
    for duty in duties:
        doing = capital(action(duty.statement, 16))
        text = duty_line(duty.statement, 16) if _PRONOUN.search(doing) else doing
        lines.setdefault(text, []).append(duty.id)
    return tuple(f"- {text} ({', '.join(ids)})" for text, ids in lines.items())


def entity(item: Entity, picture: Picture) -> Lines:
    """Describe a data model with the attributes that the text names."""
    lines = [f"### {plain(item.name)}", ""]
    if item.meaning:
        lines += [capital(item.meaning).rstrip(".") + ".", ""]
    if item.attributes:
        lines += ["| Attribute | Named in |", "|---|---|"]
        lines += [f"| {cell(attribute)} | {_source(attribute, item, picture)} |" for attribute in item.attributes]
        lines.append("")
    elif item.criteria:
        shown = ", ".join(item.criteria[:8]) + (f" and {len(item.criteria) - 8} more" if len(item.criteria) > 8 else "")
        lines += [f"Named in {shown}.", ""]
    return tuple(lines[:-1])


def _source(attribute: str, item: Entity, picture: Picture) -> str:
    """Name the criteria that name an attribute; the glossary where none does."""
    wanted = attribute.lower()
    ids = tuple(duty.id for duty in picture.duties if duty.id in item.criteria and wanted in duty.criterion.text.lower())
    return ", ".join(ids[:4]) or ("glossary" if item.meaning else ", ".join(item.criteria[:2]))


def contract_table(contracts: tuple[Contract, ...]) -> Lines:
    """List literal contracts by kind.

    >>> contract_table((Contract(kind=ContractKind.STATUS, written="404", criteria=("1.2",)),))[-1]
    '| status code | `404` | 1.2 |'
    """
    lines = ["| Kind | Fixed by the text | Criteria |", "|---|---|---|"]
    for kind in (kind for kind in ContractKind if kind is not ContractKind.FIELD):
        lines += [
            f"| {kind.value} | `{item.written.replace('|', '/')}` | {', '.join(item.criteria)} |" for item in contracts if item.kind is kind
        ]
    return tuple(lines)


def error_table(duties: tuple[Duty, ...]) -> Lines:
    """List failure paths: condition, response, criterion.

    >>> error_table(())
    ()
    """
    rows = [duty for duty in duties if duty.kind is DutyKind.FAILURE]
    if not rows:
        return ()
    lines = ["| Condition | Response | Component | Requirement |", "|---|---|---|---|"]
    for duty in rows:
        given = capital(cause(duty.statement)) or "Always"
        lines.append(f"| {cell(given)} | {cell(capital(action(duty.statement, 24)))} | {cell(duty.component)} | {duty.id} |")
    return tuple(lines)


def promise(item: Promise) -> Lines:
    """Write a correctness property.

    >>> from setsquare.drafting.picture import Shape
    >>> promise(Promise(number=1, shape=Shape.BOUND, title="Cap", text="*For any* file, …", criteria=("1.1",)))[0]
    '### Property 1: Cap'
    """
    noun = "Requirements"
    return (
        f"### Property {item.number}: {plain(item.title)}",
        "",
        item.text,
        "",
        f"**Validates: {noun} {', '.join(item.criteria)}**",
    )


def security(duties: tuple[Duty, ...]) -> Lines:
    """List the criteria that concern security.

    >>> security(())
    ()
    """
    return tuple(f"- {duty_line(duty.statement)} ({duty.id})" for duty in duties if SECURITY.search(duty.criterion.text))


def performance(duties: tuple[Duty, ...]) -> Lines:
    """List the figures that the text sets.

    >>> performance(())
    ()
    """
    rows = [(match[0], duty) for duty in duties if (match := _PERFORMANCE.search(duty.criterion.text))]
    if not rows:
        return ()
    lines = ["| Figure | For | Criterion |", "|---|---|---|"]
    return (*lines, *(f"| {cell(figure)} | {cell(duty_line(duty.statement, 20))} | {duty.id} |" for figure, duty in rows))


def verification(duty: Duty, picture: Picture) -> str:
    r"""Say how a criterion is verified.

    >>> from setsquare.drafting.outline_reading import picture
    >>> from setsquare.text.markdown import scan
    >>> from setsquare.workspace.requirements import read_requirements
    >>> from setsquare.workspace.spec import Spec
    >>> raw = b"## Requirement 1: Ring\n### Acceptance Criteria\n1. WHEN a guest rings, THE Bell SHALL sound"
    >>> found = picture(Spec(name="bell", path="bell", root="", requirements=read_requirements(scan("r.md", raw))))
    >>> verification(found.duties[0], found)
    'example test'
    """
    for item in picture.promises:
        if duty.id in item.criteria:
            return f"property {item.number}"
    if _PERFORMANCE.search(duty.statement.response):
        return "measurement"
    if duty.kind is DutyKind.FAILURE:
        return "failure test"
    return "example test"


def requirements_table(picture: Picture) -> Lines:
    r"""Map every criterion to its component and to how it is verified.

    >>> from setsquare.drafting.outline_reading import picture
    >>> from setsquare.text.markdown import scan
    >>> from setsquare.workspace.requirements import read_requirements
    >>> from setsquare.workspace.spec import Spec
    >>> raw = b"## Requirement 1: Ring\n### Acceptance Criteria\n1. WHEN a guest rings, THE Bell SHALL sound"
    >>> found = picture(Spec(name="bell", path="bell", root="", requirements=read_requirements(scan("r.md", raw))))
    >>> requirements_table(found)[-1]
    '| 1.1 | Bell | Components and Interfaces | example test |'
    """
    names = {part.name: heading(part) for part in picture.components}
    lines = ["| Requirement | Component | Section | Verified by |", "|---|---|---|---|"]
    for duty in picture.duties:
        section = "Error Handling" if duty.kind is DutyKind.FAILURE else "Components and Interfaces"
        lines.append(f"| {duty.id} | {cell(names[duty.component])} | {section} | {verification(duty, picture)} |")
    return tuple(lines)


def strategy(picture: Picture) -> Lines:
    r"""Say which kinds of test verify which criteria.

    >>> from setsquare.drafting.outline_reading import picture
    >>> from setsquare.text.markdown import scan
    >>> from setsquare.workspace.requirements import read_requirements
    >>> from setsquare.workspace.spec import Spec
    >>> raw = b"## Requirement 1: Ring\n### Acceptance Criteria\n1. WHEN a guest rings, THE Bell SHALL sound"
    >>> found = picture(Spec(name="bell", path="bell", root="", requirements=read_requirements(scan("r.md", raw))))
    >>> strategy(found)[-1]
    '- **Example tests** (1.1): at least one per criterion, named after its id.'
    """
    groups: dict[str, list[str]] = {}
    for duty in picture.duties:
        groups.setdefault(verification(duty, picture).split(" ", 1)[0], []).append(duty.id)
    lines = []
    if picture.promises:
        shapes = tuple(dict.fromkeys(item.shape.value for item in picture.promises))
        lines.append(f"- **Property tests**: one for each property above ({listed(shapes)}), at least 100 generated cases each.")
    for key, name, how in (
        ("failure", "Failure tests", "provoke the condition, assert the response and that nothing else changed"),
        ("measurement", "Measurements", "run with a fixed load and compare with the figure"),
        ("example", "Example tests", "at least one per criterion, named after its id"),
    ):
        if key in groups:
            lines.append(f"- **{name}** ({_some(groups[key])}): {how}.")
    pairs = [f"{part.name} with {called}" for part in picture.components for called in part.calls]
    if pairs:
        more = f" and {len(pairs) - 5} more pairs" if len(pairs) > 5 else ""
        lines.append(f"- **Integration tests**: {'; '.join(pairs[:5])}{more}.")
    return tuple(lines)


def _some(ids: list[str]) -> str:
    """List ids, or count them where there are many."""
    return ", ".join(ids) if len(ids) <= 12 else f"{len(ids)} criteria, see the table below"


def excluded(duties: tuple[Duty, ...]) -> Lines:
    """List what the requirements forbid.

    >>> excluded(())
    ()
    """
    return tuple(f"- {duty_line(duty.statement)} ({duty.id})" for duty in duties if duty.kind is DutyKind.FORBIDDEN)
