"""What the readers find in real specs: counts pinned loosely, and references that resolve as a person would resolve them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from bench.references import LEAST_RESOLVED, defects, followed, read_corpus

from setsquare.spec.resolving import CriterionIndex, resolve
from setsquare.spec.trace import TraceGraph
from setsquare.workspace.model import Workspace
from setsquare.workspace.references import read_references

pytestmark = pytest.mark.corpus


@pytest.fixture(scope="module")
def workspaces(corpus: Path) -> dict[str, tuple[Workspace, TraceGraph]]:
    return read_corpus(corpus)


def about(number: int, expected: int, share: float = 0.02) -> bool:
    return abs(number - expected) <= expected * share


def test_counts(workspaces: dict[str, tuple[Workspace, TraceGraph]]) -> None:
    specs = [spec for workspace, _ in workspaces.values() for spec in workspace.specs]
    criteria = sum(len(spec.requirements.criteria) for spec in specs if spec.requirements)
    tasks = [task for spec in specs if spec.tasks for task in spec.tasks.tasks]
    states = Counter(task.state.value for task in tasks)
    # The profile's regular expressions count 4,410; ours also reads bulleted criteria of unnumbered and bare-numbered forms.
    assert about(criteria, 4561)
    assert about(states["done"], 2458)
    assert about(states["open"], 1232)
    assert about(states["running"], 11, 0.1)
    assert about(sum(task.is_optional for task in tasks), 371)
    assert about(sum("." in task.id for task in tasks), 1931)
    assert about(sum(not task.id for task in tasks), 721)
    # With the properties that stand as plain lines, `Property 1: …`, below a heading.
    assert about(sum(len(spec.design.properties) for spec in specs if spec.design), 561)


def test_whatever_does_not_resolve_is_a_defect_that_a_person_saw(workspaces: dict[str, tuple[Workspace, TraceGraph]]) -> None:
    found = followed({name: graph for name, (_, graph) in workspaces.items()})
    known, classes = defects()
    assert classes == {"past-the-end", "unnumbered-list", "no-requirements"}
    assert found.unmet == known
    # The bar: of all references that a person would call resolvable, at least 99.5 % resolve.
    assert found.share(known) >= LEAST_RESOLVED
    assert about(found.resolved, 6420)


def test_counts_of_references_add_up(workspaces: dict[str, tuple[Workspace, TraceGraph]]) -> None:
    counts = [traced.references for _, graph in workspaces.values() for traced in graph.specs]
    assert all(each.total == each.resolved + each.dangling + each.prose for each in counts)
    assert sum(each.dangling for each in counts) == 50 + 68
    assert about(sum(each.prose for each in counts), 107, 0.1)
    # Two requirements documents of the corpus repeat whole sections, so that their numbers have two bearers.
    assert about(sum(each.ambiguous for each in counts), 176)


@pytest.mark.parametrize(
    ("repository", "name", "criteria", "dangling"),
    [
        ("WhitePlusMS+calenparse", "smart-calendar-parser", 166, 0),
        ("997899594+Juanie", "frontend-core-features", 345, 0),
        ("997899594+Juanie", "unified-template-system", 22, 0),
        ("CloudToLocalLLM-online+CloudToLocalLLM", "ssh-websocket-tunnel-enhancement", 130, 0),
        ("CloudToLocalLLM-online+CloudToLocalLLM", "ssh-tunnel-phase-2-enhancements", 120, 0),
        ("kingkw1+2Truths-1Lie", "content-moderation", 4, 0),
        ("dentsusoken+kabotan", "feature-15-character-chat-fixes", 7, 1),
    ],
)
def test_awkward_specs(
    workspaces: dict[str, tuple[Workspace, TraceGraph]], repository: str, name: str, criteria: int, dangling: int
) -> None:
    workspace, graph = workspaces[repository]
    spec = workspace.spec(name)
    traced = graph.spec(name)
    assert spec
    assert spec.requirements
    assert traced
    assert len(spec.requirements.criteria) == criteria
    assert len(traced.dangling) == dangling


def test_every_criterion_can_be_named_by_its_id(workspaces: dict[str, tuple[Workspace, TraceGraph]]) -> None:
    for workspace, _ in workspaces.values():
        for spec in workspace.specs:
            if spec.requirements is None:
                continue
            index = CriterionIndex(spec.requirements)
            for criterion in spec.requirements.criteria:
                (reference,) = read_references(f"_Requirements: {criterion.id}_", criterion.path, 1)
                assert criterion.id in {index.criteria[position].id for position in resolve(index, reference).positions}, criterion.id
