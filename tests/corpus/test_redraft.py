"""Real specs after a change of one criterion: what the change does not reach stays byte by byte, and a second run changes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from setsquare.drafting.assembling import Regenerated
from setsquare.drafting.comparison import Comparison, compared
from setsquare.drafting.outline_design import outline_design
from setsquare.drafting.outline_reading import NothingToDraft
from setsquare.drafting.outline_tasks import outline_tasks
from setsquare.drafting.regeneration import regenerated_tasks
from setsquare.drafting.regeneration_design import regenerated_design
from setsquare.drafting.units import within
from setsquare.spec.stage import Stage
from setsquare.text.document import decode, encode
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Criterion, TaskState

FOLDER = ".kiro/specs/sample"
MUTATIONS = ("threshold", "insert", "remove", "reword", "split")
SPECS = 25 if os.environ.get("SETSQUARE_SOAK") or os.environ.get("SETSQUARE_REQUIRE_CORPUS") else 10
"""How many specs of the corpus are tried: fewer where everything is tested, more in `make corpus` and `make soak`."""


def real_specs(corpus: Path) -> list[Path]:
    """List the folders of the corpus that hold requirements and tasks."""
    return sorted(path.parent for path in (corpus / "workspaces").rglob("tasks.md") if (path.parent / "requirements.md").is_file())


def sampled(folders: list[Path], first: int) -> list[Path]:
    """Take about `SPECS` of them, from all over the corpus."""
    return folders[first :: max(1, len(folders) // SPECS)]


def mutated(raw: bytes, criterion: Criterion, how: str) -> bytes:
    """Change one criterion of a requirements file; lists renumber as a person would."""
    span, text = criterion.text_span, raw[criterion.text_span.start : criterion.text_span.end]
    item = raw[criterion.span.start : criterion.span.end]
    match how:
        case "threshold":
            return raw[: span.end] + b" within 7 seconds" + raw[span.end :]
        case "reword":
            return raw[: span.start] + b"WHEN the moon is full, " + text + raw[span.end :]
        case "remove":
            return raw[: criterion.span.start] + raw[criterion.span.end :]
        case "insert":
            new = item.replace(text, b"WHEN an auditor asks for it, THE Ledger SHALL print the yearly statement")
            return raw[: criterion.span.start] + new + raw[criterion.span.start :]
        case _:
            new = item.replace(text, text + b" and THE Ledger SHALL keep a copy of it for 9 years")
            return raw[: criterion.span.end] + new + raw[criterion.span.end :]


def states(workspace: Workspace) -> list[tuple[str, str, TaskState]]:
    """List the tasks with their ids and boxes."""
    tasks = workspace.specs[0].tasks
    return [(task.id, task.title, task.state) for task in tasks.tasks] if tasks else []


def problems(found: Comparison, made: Regenerated, before: Workspace, again: Workspace) -> Iterator[str]:
    """Say which invariant is broken."""
    old, new = found.document.render(), made.raw
    if found.stage is Stage.TASKS:
        was, now = states(found.workspace), states(again)
        if now[: len(was)] != was and [item for item in now if item in was] != was:
            yield "boxes, ids or titles of tasks changed"
        rewritten = {unit.key for unit in made.units if unit.action.value == "replaced"}
        position = 0
        tasks = found.now.tasks.tasks if found.now.tasks else ()
        for key, task in zip(found.keys, tasks, strict=True):
            if key in rewritten and task.state is TaskState.DONE:
                yield f"done task {key} was rewritten"
            edits = [edit for edit in found.renumbered if within(edit, task.span)]
            if key not in rewritten and not edits:
                part = old[task.span.start : task.span.end].rstrip()
                at = new.find(part, position)
                if at < 0:
                    yield f"task {key} changed"
                position = max(position, at)
    second = regenerate(compared(before, again, RelPath(FOLDER), found.stage))
    if second is not None and second.raw != new:
        yield "a second run changes something"


def regenerate(found: Comparison | None) -> Regenerated | None:
    if found is None:
        return None
    made = regenerated_tasks(found) if found.stage is Stage.TASKS else regenerated_design(found)
    return None if isinstance(made, NothingToDraft) else made


def tried(files: dict[RelPath, bytes], how: str, seed: int) -> Iterator[str]:
    """Change one criterion of a spec and bring its documents up to it."""
    before = load(files)
    requirements = before.specs[0].requirements
    criteria = [item for item in (requirements.criteria if requirements else ()) if item.demands and not item.children]
    if not criteria or requirements is None:
        return
    criterion = criteria[seed % len(criteria)]
    changed = {**files, requirements.path: mutated(files[requirements.path], criterion, how)}
    after = load(changed)
    for stage in (Stage.DESIGN, Stage.TASKS):
        path = RelPath(f"{FOLDER}/{stage.value}.md")
        if path not in files:
            continue
        found = compared(before, after, RelPath(FOLDER), stage)
        made = regenerate(found)
        if found is None or made is None:
            continue
        again = load({**changed, path: made.raw})
        yield from (f"{how} {criterion.id} in {stage.value}: {text}" for text in problems(found, made, before, again))


@pytest.mark.corpus
def test_real_documents_keep_what_a_change_does_not_reach(corpus: Path) -> None:
    folders = sampled(real_specs(corpus), 3)
    found = []
    for number, folder in enumerate(folders):
        names = [name for name in ("requirements.md", "design.md", "tasks.md") if (folder / name).is_file()]
        files = {RelPath(f"{FOLDER}/{name}"): (folder / name).read_bytes() for name in names}
        found += [f"{folder}: {text}" for text in tried(files, MUTATIONS[number % len(MUTATIONS)], number)]
    assert found == []


@pytest.mark.corpus
def test_drafted_documents_keep_what_a_change_does_not_reach(corpus: Path) -> None:
    folders = sampled(real_specs(corpus), 4)
    found = []
    for number, folder in enumerate(folders):
        files = {RelPath(f"{FOLDER}/requirements.md"): (folder / "requirements.md").read_bytes()}
        design = outline_design(load(files).specs[0])
        if isinstance(design, NothingToDraft):
            continue
        files[RelPath(f"{FOLDER}/design.md")] = encode(design)
        spec = load(files).specs[0]
        tasks = outline_tasks(spec, spec.design)
        assert isinstance(tasks, str)
        ticked = decode(encode(tasks)).replace("- [ ] 1.", "- [x] 1.") if number % 2 else tasks
        files[RelPath(f"{FOLDER}/tasks.md")] = encode(ticked)
        found += [f"{folder}: {text}" for text in tried(files, MUTATIONS[number % len(MUTATIONS)], number)]
    assert found == []
