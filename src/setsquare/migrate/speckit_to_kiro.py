"""Turns a feature of Spec Kit into a spec of Kiro, and a constitution into a steering file that is always included.

Stories become requirements, their acceptance scenarios criteria, demands with an id criteria with that id as their label. Tasks keep their ids and gain the
requirement that their story became. Plan and research are linked, not merged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from setsquare.migrate.carried import Record
from setsquare.migrate.converted import Converted, Form, Note, Source, finished
from setsquare.migrate.encoding import encoding_of
from setsquare.migrate.parts import Kept, Loss, key_of
from setsquare.migrate.steps import rewritten
from setsquare.text.counted import counted
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath
from setsquare.workspace.openspec.text import normalised
from setsquare.workspace.speckit.feature import read_feature
from setsquare.workspace.speckit.model import Feature, Story
from setsquare.workspace.speckit.tasks import read_checks, read_kit_tasks

CONSTITUTION = "constitution.md"
_STEP = LazyPattern(r"(?i)[,;]?\s*\*\*(given|when|then|and|but)\*\*\s*", 0)
_SUMMARY = LazyPattern(r"(?ms)^## Summary\s*\n(.*?)(?=^## |\Z)", 0)
_WORKED = ("plan.md", "research.md", "data-model.md", "quickstart.md")


# req: openspec-interop/4.3
def speckit_to_kiro(source: Source, folder: RelPath, *, rewrites: bool = False) -> Converted:
    """Convert one feature to a spec in `folder`."""
    raw = source.files.get("spec.md", b"")
    text = normalised(raw)
    feature = read_feature(RelPath("spec.md"), text)
    files = {"requirements.md": requirements_page(feature, source.folder, rewrites=rewrites).encode()}
    task_text = normalised(source.files["tasks.md"]) if "tasks.md" in source.files else None
    if task_text is not None:
        files["tasks.md"] = _tasks_page(task_text, feature).encode()
    links = [name for name in sorted(source.files) if name not in ("spec.md", "tasks.md")]
    if links:
        files["design.md"] = _design_page(source, links).encode()
    losses = tuple(Loss(file="spec.md", line=row.line, text=row.text.strip(), is_words=True) for row in feature.rest)
    kept = (Kept(file="spec.md", line=1, key=key_of(text), text=text),) if losses else ()
    record = Record(
        origin=source.folder,
        form=Form.SPECKIT.value,
        document="spec.md",
        encodings=(encoding_of("spec.md", raw),),
        kept=kept,
        made=("design.md",),
    )
    return Converted(
        source=source,
        form=Form.KIRO,
        folder=folder,
        files=files,
        record=finished(record, source, files),
        losses=losses,
        notes=(*_notes(source, feature, task_text), *_reviews(source)),
    )


def requirements_page(feature: Feature, origin: str, *, rewrites: bool = False) -> str:
    """Write the requirements document of a feature."""
    asked = dict(feature.fields).get("Input", "").removeprefix("User description:").strip().strip('"“”')
    lines = [f"# Requirements Document: {feature.title}" if feature.title else "# Requirements Document", "", "## Introduction", ""]
    lines += [f"From `{origin}/spec.md`." + (f" Asked for: {asked}" if asked else ""), ""]
    if feature.entities:
        lines += ["## Key Entities", "", *(f"- {one.text}" for one in feature.entities), ""]
    lines += ["## Requirements", ""]
    for number, story in enumerate(feature.stories, 1):
        lines += _story(story, number, rewrites=rewrites)
    if feature.demands:
        lines += [f"### Requirement {len(feature.stories) + 1}: Functional Requirements", "", "#### Acceptance Criteria", ""]
        lines += [f"{at}. **{one.id}**: {one.text}" for at, one in enumerate(feature.demands, 1)]
        lines.append("")
    if feature.outcomes:
        lines += ["## Success Criteria", "", *(f"- **{one.id}**: {one.text}" for one in feature.outcomes), ""]
    if feature.edge_cases:
        lines += [
            "## Edge Cases",
            "",
            "Undecided: make each a criterion or drop it.",
            "",
            *(f"- {one.text}" for one in feature.edge_cases),
            "",
        ]
    for title, rows in feature.sections:
        said = "\n".join(row.text for row in rows).strip("\n")
        lines += [f"## {title}", "", *said.split("\n"), ""]
    if feature.unclear:
        lines += [
            "## Open Questions",
            "",
            *(f"- [NEEDS CLARIFICATION: {one.text}] (spec.md, line {one.line})" for one in feature.unclear),
            "",
        ]
    return "\n".join(lines)


def _story(story: Story, number: int, *, rewrites: bool) -> list[str]:
    """Write a story as a requirement; the first line of its prose is the story itself."""
    prose = [line.text.strip() for line in story.prose if line.text.strip()]
    lines = [f"### Requirement {number}: {story.title}", ""]
    if prose and not prose[0].startswith("**"):
        lines += [f"**User Story:** {prose[0]}", ""]
        prose = prose[1:]
    if story.priority:
        lines += [f"**Priority:** {story.priority}", ""]
    for line in prose:
        lines += [line, ""]
    if story.scenarios:
        lines += ["#### Acceptance Criteria", ""]
        lines += [f"{at}. {_sentence(one.text, rewrites=rewrites)}" for at, one in enumerate(story.scenarios, 1)]
        lines.append("")
    return lines


def _sentence(text: str, *, rewrites: bool) -> str:
    """Give a scenario as it is, or as one sentence of EARS where that is asked for.

    >>> _sentence("**Given** a, **When** b, **Then** c", rewrites=True)
    'WHILE a, WHEN b, THE System SHALL ensure that c'
    """
    if not rewrites:
        return text
    pieces = _STEP.split(text)
    if pieces[0].strip() or len(pieces) < 3:
        return text
    steps = tuple(f"- **{key.upper()}** {said.strip()}" for key, said in zip(pieces[1::2], pieces[2::2], strict=True))
    new = rewritten(steps)
    return text if new == steps else " ".join(step.removeprefix("- ").replace("**", "") for step in new)


def _tasks_page(text: str, feature: Feature) -> str:
    """Keep the tasks as they are and name below each the requirement that its story became."""
    numbers = {story.number: at for at, story in enumerate(feature.stories, 1)}
    tasks = {task.line: task for task in read_kit_tasks(text)}
    lines: list[str] = []
    for at, row in enumerate(text.split("\n"), 1):
        lines.append(row)
        if (task := tasks.get(at)) and task.story in numbers:
            lines.append(f"{' ' * (len(row) - len(row.lstrip()))}  - _Requirements: {numbers[task.story]}_")
    return "\n".join(lines)


def _design_page(source: Source, links: Sequence[str]) -> str:
    """Write a design that links what the feature's plan and research say."""
    plan = normalised(source.files["plan.md"]) if "plan.md" in source.files else ""
    summary = _SUMMARY.search(plan)
    said = summary[1].strip() if summary else ""
    lines = [
        "# Design Document",
        "",
        "## Overview",
        "",
        said or f"The plan stands in `{source.folder}`.",
        "",
        "## Documents of the Plan",
        "",
    ]
    lines += [f"- `{source.folder}/{name}`" for name in links if name in _WORKED or not name.startswith("checklists/")]
    checklists = [name for name in links if name.startswith("checklists/")]
    if checklists:
        lines += ["", "## Reviews", "", *(f"- `{source.folder}/{name}`" for name in checklists)]
    return "\n".join([*lines, ""])


def _notes(source: Source, feature: Feature, task_text: str | None) -> list[Note]:
    """Name what could not be placed or does not hold together."""
    spec, tasks_path = f"{source.folder}/spec.md", f"{source.folder}/tasks.md"
    found = [Note(path=spec, line=one.line, text=f"open question, blocks approval: {one.text}") for one in feature.unclear]
    found += [
        Note(path=spec, line=one.line, text=f"{one.id} stands here again")
        for at, one in enumerate(feature.demands)
        if any(other.id == one.id for other in feature.demands[:at])
    ]
    if task_text is None:
        return found
    tasks = read_kit_tasks(task_text)
    found += [
        Note(path=spec, line=one.line, text=f"no task names {one.id}") for one in feature.demands if one.id and one.id not in task_text
    ]
    known = {story.number for story in feature.stories}
    for task in tasks:
        if task.is_in_story and not task.story:
            found.append(Note(path=tasks_path, line=task.line, text=f"{task.id or 'a task'} stands in a story's phase and names no story"))
        elif task.story and task.story not in known:
            found.append(
                Note(path=tasks_path, line=task.line, text=f"{task.id or 'a task'} names story {task.story}, which spec.md does not have")
            )
    counts = Counter(task.id for task in tasks if task.id)
    found += [
        Note(path=tasks_path, line=task.line, text=f"the id {task.id} is used {counts[task.id]} times")
        for task in tasks
        if counts[task.id] > 1
    ]
    return found


def _reviews(source: Source) -> tuple[Note, ...]:
    """Say of each check-list how far its reviewers came; marks are theirs and are not carried over."""
    found = []
    for name in sorted(source.files):
        checks = read_checks(normalised(source.files[name])) if name.startswith("checklists/") and name.endswith(".md") else ()
        left = [check for check in checks if not check.is_accepted]
        if left:
            text = f"{counted(len(left), 'item')} of {len(checks)} not accepted by a reviewer; the list is linked, its marks stay there"
            found.append(Note(path=f"{source.folder}/{name}", line=left[0].line, text=text))
    return tuple(found)


def constitution_to_steering(raw: bytes, origin: str) -> bytes:
    r"""Write a constitution as a steering file that is always included; its text stays as it is.

    >>> constitution_to_steering(b"# A Constitution\n", ".specify/memory/constitution.md").decode().splitlines()[1]
    'inclusion: always'
    """
    head = f"---\ninclusion: always\n---\n<!-- From {origin}: edit it there and convert again. -->\n\n"
    body = raw.removeprefix(b"\xef\xbb\xbf")
    return (head.replace("\n", "\r\n") if b"\r\n" in body else head).encode() + body
