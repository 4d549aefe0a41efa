"""Tells what an open change reaches: the requirements that it touches, with the tasks, code and tests that name these."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from setsquare.spec.link import TraceLink
from setsquare.spec.openspec.touching import Touch, touches
from setsquare.text.paths import joined
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec


class Reached(Struct, frozen=True, kw_only=True):
    """One requirement that a change touches. `spec` is the capability's name and `number` the requirement's; both are empty where it is new."""

    touch: Touch
    spec: str = ""
    number: str = ""
    criteria: tuple[str, ...] = ()
    links: tuple[TraceLink, ...] = ()


def reached(workspace: Workspace, spec: Spec, links: Iterable[TraceLink]) -> tuple[Reached, ...]:
    """List what the change behind a spec reaches, in the order of its deltas; `links` are those of documents, code and tests.

    >>> reached(Workspace(), Spec(name="changes/a", path="openspec/changes/a", root="openspec"), ())
    ()
    """
    for tree in workspace.openspec:
        change = next((change for change in (*tree.changes, *tree.archived) if change.path == spec.path), None)
        if change is None:
            continue
        mains = {other.path: other for other in workspace.specs}
        known = tuple(links)
        return tuple(_reached(touch, mains.get(joined(tree.root, "openspec/specs", touch.capability)), known) for touch in touches(change))
    return ()


def _reached(touch: Touch, main: Spec | None, links: tuple[TraceLink, ...]) -> Reached:
    """Find the requirement in the capability."""
    requirements = main.requirements.requirements if main and main.requirements else ()
    found = next((requirement for requirement in requirements if requirement.title == touch.name), None)
    if main is None or found is None:
        return Reached(touch=touch)
    ids = tuple(criterion.id for criterion in found.criteria)
    naming = tuple(link for link in links if link.target_spec == main.name and link.target in ids)
    return Reached(touch=touch, spec=main.name, number=found.number, criteria=ids, links=naming)
