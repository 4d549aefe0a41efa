"""Tells which documents of specs a run would refuse to start from, because they are not committed."""

from __future__ import annotations

from collections.abc import Iterable

from setsquare.journeys.app import App
from setsquare.text.paths import RelPath, joined
from setsquare.workspace.spec import Spec


def documents_of(spec: Spec) -> tuple[RelPath, ...]:
    """Name the files of a spec that must stand in HEAD before a run: what its commits change must be theirs alone."""
    log = joined(spec.root, "task-log.md")
    return (*(document.path for document in (spec.requirements, spec.design, spec.tasks) if document is not None), log)


def uncommitted_documents(app: App, specs: Iterable[Spec]) -> frozenset[RelPath]:
    """List those documents of several specs that differ from HEAD, with one look at it."""
    paths = tuple(dict.fromkeys(path for spec in specs for path in documents_of(spec)))
    return frozenset(app.git.dirty(paths)) if paths else frozenset()
