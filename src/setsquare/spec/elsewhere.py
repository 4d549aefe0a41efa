"""Counts what other checkouts do for a spec: criteria that only their tasks, code or tests name are covered, and by whom is said."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from setsquare.spec.link import CriterionState, LinkKind, TraceLink
from setsquare.workspace.sources import mount_of, unmounted

_ORDER = (CriterionState.UNCOVERED, CriterionState.PLANNED, CriterionState.IMPLEMENTED)


class Elsewhere(Struct, frozen=True, kw_only=True):
    """A criterion that another checkout names: `source` is that checkout's id, empty for the workspace itself; `place` is file and line."""

    spec: str
    criterion: str
    source: str
    kind: str
    place: str
    state: CriterionState


def named_elsewhere(link: TraceLink, home: str, state: CriterionState | None = None) -> Elsewhere | None:
    """Read a link as what another checkout says; `None` for a link within one. `home` is the folder of the spec that the link leads to.

    An open task plans a criterion, code and a task that is done implement it, and a test alone only plans it: it may fail.

    >>> from setsquare.text.paths import RelPath
    >>> link = TraceLink(
    ...     kind=LinkKind.IMPL, spec="login", source="pay:/a.py", target="1.2", target_spec="login", path=RelPath("pay:/a.py"), line=3
    ... )
    >>> named_elsewhere(link, ".kiro/specs/login").place
    'pay:a.py:3'
    """
    if mount_of(link.path) == mount_of(home):
        return None
    said = state or (CriterionState.IMPLEMENTED if link.kind is LinkKind.IMPL else CriterionState.PLANNED)
    return Elsewhere(
        spec=link.target_spec,
        criterion=link.target,
        source=mount_of(link.path),
        kind=link.kind.value,
        place=f"{unmounted(link.path)}:{link.line}",
        state=said,
    )


def raised(states: tuple[tuple[str, CriterionState], ...], found: Iterable[Elsewhere]) -> tuple[tuple[str, CriterionState], ...]:
    """Give the states of a spec's criteria where those that its own checkout does not name have what others say of them.

    >>> raised((("1.1", CriterionState.UNCOVERED),), ())
    (('1.1', <CriterionState.UNCOVERED: 'uncovered'>),)
    """
    best: dict[str, CriterionState] = {}
    for one in found:
        best[one.criterion] = max(best.get(one.criterion, CriterionState.UNCOVERED), one.state, key=_ORDER.index)
    return tuple((name, best.get(name, state) if state is CriterionState.UNCOVERED else state) for name, state in states)


def each_once(found: Iterable[Elsewhere]) -> tuple[Elsewhere, ...]:
    """Sort what others say, and keep each once.

    >>> each_once(())
    ()
    """
    return tuple(sorted(dict.fromkeys(found), key=lambda one: (one.criterion, one.source, one.place, one.kind)))
