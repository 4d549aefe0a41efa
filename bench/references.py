"""Follows every written reference of the corpus, and compares those that lead nowhere with the ones that a person judged to be defects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct

from setsquare.spec.link import LinkKind, Resolution
from setsquare.spec.trace import TraceGraph, trace
from setsquare.text.paths import RelPath
from setsquare.workspace.load import load
from setsquare.workspace.model import Workspace

DEFECTS = Path(__file__).resolve().parents[1] / "tests" / "corpus" / "dangling.tsv"
"""Every reference of the corpus that names nothing, judged by hand."""

LEAST_RESOLVED = 0.995

Place = tuple[str, str, str, str, str]
"""Repository, spec, file, line and what is written there."""


class Followed(Struct, frozen=True, kw_only=True):
    """How many references resolve, and the places of those that do not."""

    resolved: int
    unmet: Counter[Place]

    def share(self, known: Counter[Place]) -> float:
        """Give the share of the resolvable references that resolve; `known` are those that no reader could resolve."""
        missed = sum((self.unmet - known).values())
        return self.resolved / (self.resolved + missed)


def read_corpus(corpus: Path) -> dict[str, tuple[Workspace, TraceGraph]]:
    """Load and trace the specs of each repository."""
    found = {}
    for folder in sorted((corpus / "workspaces").iterdir()):
        files = {
            RelPath(path.relative_to(folder).as_posix()): path.read_bytes()
            for path in sorted(folder.glob(".kiro/specs/**/*"))
            if path.is_file()
        }
        if files:
            workspace = load(files)
            found[folder.name] = (workspace, trace(workspace))
    return found


def followed(graphs: Mapping[str, TraceGraph]) -> Followed:
    """Follow the references of tasks and properties of each repository."""
    unmet: Counter[Place] = Counter()
    resolved = 0
    for repository, graph in graphs.items():
        for traced in graph.specs:
            missing = 0
            for citation in traced.citations:
                if citation.kind is LinkKind.REALIZES:
                    continue
                resolved += citation.resolution is Resolution.RESOLVED
                missing += citation.resolution is Resolution.NO_REQUIREMENTS
                if citation.resolution is Resolution.DANGLING:
                    where = citation.reference
                    unmet[repository, traced.spec.name, where.path.rpartition("/")[2], str(where.line), where.written] += 1
            if missing:
                unmet[repository, traced.spec.name, "tasks.md", "*", str(missing)] += 1
    return Followed(resolved=resolved, unmet=unmet)


def references_in(places: Counter[Place]) -> int:
    """Count references; all of a spec without requirements stand in one place, whose last part is their number."""
    return sum(count * (int(place[4]) if place[3] == "*" else 1) for place, count in places.items())


def defects() -> tuple[Counter[Place], frozenset[str]]:
    """Read the references that a person judged, and the classes that they were put in."""
    rows = [line.split("\t") for line in DEFECTS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return Counter(_place(row) for row in rows), frozenset(row[5] for row in rows)


def _place(row: Iterable[str]) -> Place:
    repository, spec, file, line, written, *_ = row
    return repository, spec, file, line, written
