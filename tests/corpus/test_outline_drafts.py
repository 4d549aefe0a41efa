"""The outline drafts of real requirements: printed nowhere, written nowhere, judged here."""

from __future__ import annotations

from pathlib import Path

import pytest

from setsquare.drafting.judging import judge
from setsquare.drafting.outline_design import outline_design
from setsquare.drafting.outline_reading import NothingToDraft
from setsquare.drafting.outline_tasks import outline_tasks
from setsquare.rules.check import check
from setsquare.rules.finding import Finding, Severity
from setsquare.spec.link import LinkKind
from setsquare.spec.stage import Stage
from setsquare.spec.trace import trace
from setsquare.text.document import decode, encode
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load
from setsquare.workspace.model import Workspace

FOLDER = ".kiro/specs/sample"
SHARE = 4


def requirement_files(corpus: Path) -> list[Path]:
    """List every requirements file of the corpus."""
    return sorted((corpus / "workspaces").rglob("requirements.md"))


def with_drafts(raw: bytes) -> tuple[Workspace, Workspace] | None:
    """Load requirements alone, and with both drafts; nothing for a file without criteria."""
    files = {RelPath(f"{FOLDER}/requirements.md"): raw}
    before = load(files)
    design = outline_design(before.specs[0])
    if isinstance(design, NothingToDraft):
        assert isinstance(outline_tasks(before.specs[0]), NothingToDraft)
        return None
    assert outline_design(load(files).specs[0]) == design
    files[RelPath(f"{FOLDER}/design.md")] = encode(design)
    spec = load(files).specs[0]
    tasks = outline_tasks(spec, spec.design)
    assert isinstance(tasks, str)
    assert outline_tasks(spec, spec.design) == tasks
    assert isinstance(outline_tasks(before.specs[0]), str)
    files[RelPath(f"{FOLDER}/tasks.md")] = encode(tasks)
    return before, load(files)


def problems(before: Workspace, after: Workspace) -> list[str]:
    """Say what is wrong with the drafts."""
    known = {(finding.code, finding.path, finding.message) for finding in check(before)}
    found = [_told(finding) for finding in check(after) if _is_new_error(finding, known)]
    spec = after.specs[0]
    assert spec.requirements
    assert spec.tasks
    criteria = spec.requirements.criteria
    traced = trace(after).spec(spec)
    assert traced
    named = {link.target for link in traced.links if link.kind is LinkKind.IMPLEMENTS}
    found += [f"no task names {criterion.id}" for criterion in criteria if criterion.id not in named]
    found += [f"{citation.source} dangles: {citation.missing}" for citation in traced.dangling]
    tasks = decode(after.render(spec.tasks.path))
    found += [f"tasks are judged: {reason}" for reason in judge(after, spec, Stage.TASKS, spec.tasks.path, tasks).reasons]
    lines = len(spec.tasks.tasks)
    if len(criteria) > 10 and lines * 2 > len(criteria):
        found.append(f"{lines} tasks for {len(criteria)} criteria")
    sentences = {_bare(criterion.text) for criterion in criteria}
    for task in spec.tasks.tasks:
        found += [
            f"a line of task {task.id} is only a criterion's sentence" for line in (task.title, *task.details) if _bare(line) in sentences
        ]
    known_ids = {criterion.id for criterion in criteria}
    written = {reference.first for task in spec.tasks.tasks for reference in task.references}
    found += [f"tasks name {name}, which no criterion bears" for name in sorted(written - known_ids)]
    return found


def _is_new_error(finding: Finding, known: set[tuple[str, RelPath, str]]) -> bool:
    return finding.severity is Severity.ERROR and (finding.code, finding.path, finding.message) not in known


def _told(finding: Finding) -> str:
    return f"{finding.code} {finding.message}"


def _bare(text: str) -> str:
    return " ".join(text.lower().split()).rstrip(".")


def judge_all(paths: list[Path], corpus: Path) -> int:
    """Judge the drafts of files; count those that have criteria."""
    drafted = 0
    bad = []
    for path in paths:
        made = with_drafts(path.read_bytes())
        if made is None:
            continue
        drafted += 1
        bad += [f"{path.relative_to(corpus)}: {problem}" for problem in problems(*made)]
    assert not bad, "\n".join(bad)
    return drafted


@pytest.mark.corpus
def test_drafts_of_a_sample(corpus: Path) -> None:
    paths = requirement_files(corpus)
    assert judge_all([path for path in paths if ".kiro/specs" in path.as_posix()][::SHARE], corpus) >= len(paths) // (SHARE * 2)


@pytest.mark.corpus
@pytest.mark.soak
def test_drafts_of_every_file(corpus: Path) -> None:
    assert judge_all(requirement_files(corpus), corpus) >= 60


def test_the_judge_sees_what_is_wrong() -> None:
    raw = b"# Requirements Document\n\n### Requirement 1: A\n\n#### Acceptance Criteria\n\n" + b"".join(
        b"%d. THE Store SHALL keep file %d\n" % (n, n) for n in range(1, 13)
    )
    tasks = b"# Implementation Plan\n\n" + b"".join(b"- [ ] %d. THE Store SHALL keep file %d\n" % (n, n) for n in range(1, 8))
    tasks += b"  - THE Store SHALL keep file 12\n"
    files = {RelPath(f"{FOLDER}/requirements.md"): raw, RelPath(f"{FOLDER}/tasks.md"): tasks + b"  - _Requirements: 1.1, 1.99_\n"}
    found = problems(load({RelPath(f"{FOLDER}/requirements.md"): raw}), load(files))
    for part in (
        "no task names 1.2",
        "dangles: 1.99",
        "7 tasks for 12",
        "of task 1 is only a criterion's sentence",
        "1.99, which no",
        "TRC001",
    ):
        assert any(part in line for line in found), part
