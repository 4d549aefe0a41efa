"""Measures how much of a spec is planned, designed, built, tested and proved."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from setsquare.spec.link import CriterionState, LinkKind
from setsquare.spec.states import CriterionStatus, OverlayKind
from setsquare.spec.trace import SpecTrace


class Coverage(Struct, frozen=True, kw_only=True):
    """Counts of criteria. `shallow`: a task and a test are linked; `deep`: verified, and no link is suspect.

    A criterion that is waived needs neither and counts as both. `properties` of a design and those that a test names stand beside.
    """

    criteria: int = 0
    uncovered: int = 0
    planned: int = 0
    implemented: int = 0
    verified: int = 0
    with_task: int = 0
    with_design: int = 0
    with_code: int = 0
    with_test: int = 0
    with_property: int = 0
    shallow: int = 0
    deep: int = 0
    suspect: int = 0
    waived: int = 0
    properties: int = 0
    properties_tested: int = 0

    def plus(self, other: Coverage) -> Coverage:
        """Add up two specs.

        >>> Coverage(criteria=2, verified=1).plus(Coverage(criteria=3)).criteria
        5
        """
        return Coverage(**{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__})


def coverage(traced: SpecTrace, found: Iterable[CriterionStatus], tested: Iterable[str] = ()) -> Coverage:
    """Measure one spec; `tested` are the numbers of the properties that a test names.

    >>> from setsquare.text.paths import RelPath
    >>> from setsquare.workspace.spec import Spec
    >>> coverage(SpecTrace(spec=Spec(name="bell", path=RelPath("bell"), root=RelPath(""))), ()).criteria
    0
    """
    named: dict[LinkKind, set[str]] = {kind: set() for kind in LinkKind}
    for link in traced.links:
        if link.target_spec == traced.spec.name:
            named[link.kind].add(link.target)
    items = tuple(found)
    states = [item.state for item in items]
    waived = {item.criterion for item in items if item.overlay(OverlayKind.WAIVED)}
    suspect = {item.criterion for item in items if item.overlay(OverlayKind.SUSPECT)}
    numbers = {item.number for item in traced.spec.design.properties} if traced.spec.design else set()
    designed = named[LinkKind.REALIZES] | named[LinkKind.VALIDATES]
    return Coverage(
        criteria=len(items),
        uncovered=states.count(CriterionState.UNCOVERED),
        planned=states.count(CriterionState.PLANNED),
        implemented=states.count(CriterionState.IMPLEMENTED),
        verified=states.count(CriterionState.VERIFIED),
        with_task=sum(item.criterion in named[LinkKind.IMPLEMENTS] for item in items),
        with_design=sum(item.criterion in designed for item in items),
        with_code=sum(bool(item.code or item.touched) for item in items),
        with_test=sum(bool(item.tests) for item in items),
        with_property=sum(item.criterion in named[LinkKind.VALIDATES] for item in items),
        shallow=sum(item.criterion in waived or (item.criterion in named[LinkKind.IMPLEMENTS] and bool(item.tests)) for item in items),
        deep=sum(item.criterion in waived or (item.state is CriterionState.VERIFIED and item.criterion not in suspect) for item in items),
        suspect=len(suspect),
        waived=len(waived),
        properties=len(numbers),
        properties_tested=len(numbers & set(tested)),
    )
