"""Leads links to the criteria that they were written for, where a document's numbers moved under them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from msgspec import structs

from setsquare.spec.code_links import CodeTrace
from setsquare.spec.link import LinkKind, TraceLink
from setsquare.spec.link_state import LinkState, StatedLink
from setsquare.spec.trace import SpecTrace, task_states

Moves: TypeAlias = Mapping[tuple[LinkKind, str, str, str, str], str]
"""From kind, source's spec, source, target's spec and written id to the id of the criterion that is meant, empty where it is gone."""


def moves(stated: Iterable[StatedLink]) -> Moves:
    """Gather the links whose written id means another criterion now than when they were pinned.

    >>> moves(())
    {}
    """
    found: dict[tuple[LinkKind, str, str, str, str], str] = {}
    lives: set[tuple[LinkKind, str, str, str, str]] = set()
    for item in stated:
        key = _key(item.link)
        if item.state is LinkState.SHIFTED:
            found[key] = item.id
        elif item.state is LinkState.ORPHANED:
            found.setdefault(key, "")
        elif item.state is not LinkState.UNPINNED:
            lives.add(key)
    # Where one source writes one id twice, for a criterion that is gone and for one that lives, the living one is not forgotten.
    return {key: name for key, name in found.items() if name or key not in lives}


def settled(traced: SpecTrace, moved: Moves) -> SpecTrace:
    """Judge a spec by what its links were written for, until somebody renumbers them; nothing changes where nothing moved.

    >>> from setsquare.text.paths import RelPath
    >>> from setsquare.workspace.spec import Spec
    >>> traced = SpecTrace(spec=Spec(name="bell", path=RelPath("bell"), root=RelPath("")))
    >>> settled(traced, {}) is traced
    True
    """
    if not moved:
        return traced
    links = settled_links(traced.links, moved)
    return structs.replace(traced, links=links, states=tuple(task_states(traced.spec, traced.keys, links)))


def settled_code(code: CodeTrace, moved: Moves) -> CodeTrace:
    """Lead the links of code and tests to what they were written for; a test of a property goes where the property's own link goes.

    >>> settled_code(CodeTrace(), {}) == CodeTrace()
    True
    """
    if not moved:
        return code
    derived = {(item.path, item.line): item for item in code.properties}
    own: dict[tuple[LinkKind, str, str, str, str], str] = dict(moved)
    for link in code.links:
        item = derived.get((link.path, link.line))
        if item is None:
            continue
        through = (LinkKind.VALIDATES, item.spec, f"Property {item.number}", link.target_spec, link.target)
        if through in moved:
            own[_key(link)] = moved[through]
    return structs.replace(code, links=settled_links(code.links, own))


def settled_links(links: Iterable[TraceLink], moved: Moves) -> tuple[TraceLink, ...]:
    """Lead links to what they were written for; one whose criterion is gone, or stands in another spec now, is left out.

    >>> settled_links((), {})
    ()
    """
    kept: dict[TraceLink, None] = {}
    for link in links:
        target = moved.get(_key(link), link.target)
        if target and "/" not in target:
            kept[link if target == link.target else structs.replace(link, target=target)] = None
    return tuple(kept)


def _key(link: TraceLink) -> tuple[LinkKind, str, str, str, str]:
    return link.kind, link.spec, link.source, link.target_spec, link.target
