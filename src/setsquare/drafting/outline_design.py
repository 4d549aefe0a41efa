"""Writes the skeleton of a design from the requirements alone: what they say, in a design's order, and what they leave open.

Source: Kiro directory page, section 2.5 (headings); settings page, section 1 (tutorial titles).
"""

from __future__ import annotations

import re

from setsquare.drafting import outline_sections as sections
from setsquare.drafting.outline_components import in_building_order
from setsquare.drafting.outline_phrases import capital, listed, plain
from setsquare.drafting.outline_questions import questions
from setsquare.drafting.outline_reading import NothingToDraft, picture
from setsquare.drafting.picture import ContractKind, DutyKind, Picture
from setsquare.text.paths import RelPath
from setsquare.workspace.references import read_references
from setsquare.workspace.spec import Dialect, Spec

COMPONENTS = "Components and Interfaces"
DATA = "Data Models"
ERRORS = "Error Handling"
_INTRODUCTION_WORDS = 150
_RETOLD = re.compile(
    r"(?i)^this (?:requirements )?(?:document|specification) (?:specifies|defines|outlines|describes|contains|details|captures) (?:the )?(?:functional |detailed )?requirements (?:for|of)"
)


# req: draft-and-approve/1.1
def outline_design(spec: Spec) -> str | NothingToDraft:
    r"""Draft a design without a model; the same spec gives the same bytes.

    >>> from setsquare.text.markdown import scan
    >>> from setsquare.workspace.requirements import read_requirements
    >>> raw = b"# Requirements: Bell\n\n## Functional Requirements\n\n- WHEN the button is pressed, THE Bell SHALL ring\n"
    >>> needs = read_requirements(scan("a/requirements.md", raw))
    >>> spec = Spec(name="a", path="a", root=".kiro", requirements=needs)
    >>> outline_design(spec).splitlines()[0]
    '# Design: Bell'
    """
    found = picture(spec)
    return found if isinstance(found, NothingToDraft) else design_of(found)


def design_of(found: Picture) -> str:
    r"""Write a picture as a design.

    >>> from setsquare.drafting.outline_reading import picture
    >>> from setsquare.text.markdown import scan
    >>> from setsquare.workspace.requirements import read_requirements
    >>> from setsquare.workspace.spec import Spec
    >>> raw = b"# Bell\n## Requirement 1: Ring\n### Acceptance Criteria\n1. WHEN a guest rings, THE Bell SHALL sound"
    >>> found = picture(Spec(name="bell", path="bell", root="", requirements=read_requirements(scan("r.md", raw))))
    >>> design_of(found).splitlines()[0]
    '# Design Document: Bell'
    """
    title = "Design" if found.dialect is Dialect.TUTORIAL else "Design Document"
    open_questions = questions(found)
    blocks = [f"# {title}: {found.name}"]
    for heading, lines in _sections(found):
        asked = [f"- To decide: {plain(question.text)}" for question in open_questions if question.section == heading]
        body = "\n".join(inert(line) for line in lines).strip("\n")
        if body or asked:
            blocks.append("\n\n".join(part for part in (f"## {heading}", body, "\n".join(asked)) if part))
    return "\n\n".join(blocks) + "\n"


def inert(line: str) -> str:
    """Take from a line the marks that would make a reference of quoted words; the lines that are meant as references stay.

    >>> inert("- **Requirements 404**: stays"), inert("**Validates: Requirements 1.1**")
    ('- Requirements 404 : stays', '**Validates: Requirements 1.1**')
    """
    if line.startswith(("**Validates:", sections.REFERENCES)) or not read_references(line, RelPath(""), 1):
        return line
    return " ".join(re.sub(r"[*_()（）\[\]【】]|(?<=\w):(?= \S*\d)", " ", line).split())


def _sections(found: Picture) -> tuple[tuple[str, sections.Lines], ...]:
    """List the sections in order; one without lines and questions is left out."""
    parts = in_building_order(found.components)
    models = tuple(line for item in found.entities for line in (*sections.entity(item, found), ""))
    no_failures = ("The requirements describe no failure path.",)
    endpoints = [item for item in found.contracts if item.kind is not ContractKind.FIELD]
    return (
        ("Overview", _overview(found)),
        ("Architecture", sections.architecture(found)),
        (COMPONENTS, tuple(line for part in parts for line in (*sections.component(part, found), ""))),
        (DATA, (*models, *_fields(found))),
        ("API Contracts", sections.contract_table(found.contracts) if endpoints else ()),
        (ERRORS, sections.error_table(found.duties) or no_failures),
        ("Correctness Properties", tuple(line for item in found.promises for line in (*sections.promise(item), ""))),
        ("Security Considerations", sections.security(found.duties)),
        ("Performance Limits", sections.performance(found.duties)),
        ("Testing Strategy", sections.strategy(found)),
        ("Scope Boundary", _scope(found)),
        ("Requirements", sections.requirements_table(found)),
    )


def _overview(found: Picture) -> sections.Lines:
    """Say what is built, from the introduction, and how large it is."""
    size = f"This design answers {len(found.duties)} criteria with {_count(len(found.components), 'component')}"
    models = f" and {_count(len(found.entities), 'data model')}" if found.entities else ""
    lines = [f"{size}{models}. It is an outline: it says what the requirements say and asks what they leave open."]
    paragraphs = [_RETOLD.sub("This design covers", plain(paragraph)) for paragraph in found.introduction.split("\n\n") if plain(paragraph)]
    words = 0
    kept: list[str] = []
    for paragraph in paragraphs:
        words += len(paragraph.split())
        if kept and words > _INTRODUCTION_WORDS:
            break
        kept.append(paragraph)
    return tuple(line for paragraph in (*kept, *lines) for line in (paragraph, ""))


def _count(number: int, noun: str) -> str:
    """Count a noun.

    >>> _count(1, "component"), _count(2, "component")
    ('1 component', '2 components')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _fields(found: Picture) -> sections.Lines:
    """List the field names that the text gives as code."""
    fields = tuple(f"`{item.written}` ({', '.join(item.criteria)})" for item in found.contracts if item.kind is ContractKind.FIELD)
    return (f"Fields named in the text: {listed(fields)}.",) if fields else ()


def _scope(found: Picture) -> sections.Lines:
    """Say what is in, what is forbidden, and that the rest is out."""
    lines = ["In scope:", ""]
    lines += [f"- {capital(area.topic)}" for area in dict.fromkeys(found.areas)]
    forbidden = sections.excluded(found.duties)
    if forbidden:
        lines += ["", "Excluded by the requirements:", "", *forbidden]
    lines += [
        "",
        "Out of scope: behaviour that no criterion names, and changes to parts that are not listed under Components and Interfaces.",
    ]
    if not any(duty.kind is DutyKind.FAILURE for duty in found.duties):
        lines.append("Failure handling is not described yet, so it is not in scope either until it is.")
    return tuple(lines)
