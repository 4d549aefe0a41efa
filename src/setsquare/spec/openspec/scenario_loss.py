"""Names the scenarios that a MODIFIED block would drop, since it replaces the whole block."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from msgspec import Struct

from setsquare.workspace.openspec.model import RequirementBlock

_MOST_NAMED = 3


def lost_scenarios(name: str, old: RequirementBlock, new: RequirementBlock) -> str:
    """Say as `validate` does what is lost between a requirement and its MODIFIED block; nothing where every name stands as often as before.

    >>> from setsquare.workspace.openspec.model import Scenario
    >>> old = RequirementBlock(name="A", line=1, raw="", statement="", scenarios=(Scenario("One", 2, ""), Scenario("Two", 3, "")))
    >>> new = RequirementBlock(name="A", line=1, raw="", statement="", scenarios=(Scenario("One", 2, ""),))
    >>> lost_scenarios("A", old, new)[:60]
    'MODIFIED "A" omits scenario(s) the current spec still has: "'
    >>> lost_scenarios("A", new, old)
    ''
    """
    loss = _loss(old, new)
    if loss is None:
        return ""
    return (
        f'MODIFIED "{name}" omits scenario(s) the current spec still has: {_listed(loss.lost)}. {_sums(old, new, loss, _first_of)} '
        "Copy the omitted scenarios into the MODIFIED block (a MODIFIED requirement replaces the whole block, so archive refuses to drop them)."
    )


def refused_loss(old: RequirementBlock | None, new: RequirementBlock) -> str:
    """Say the same as `archive` does."""
    loss = _loss(old, new) if old is not None else None
    if old is None or loss is None:
        return ""
    return (
        f"current spec contains scenario(s) not present in the modified block: {_listed(loss.lost)}. {_sums(old, new, loss, _listed)} "
        "Refresh the change spec before archiving to avoid dropping scenarios."
    )


class _Loss(Struct, frozen=True):
    """The names that are lost, and those that are new."""

    lost: list[str]
    gained: list[str]


def _loss(old: RequirementBlock, new: RequirementBlock) -> _Loss | None:
    before = [scenario.name for scenario in old.scenarios]
    after = [scenario.name for scenario in new.scenarios]
    if before == after:
        return None
    lost = _surplus(before, [*after, *new.dropped])
    return _Loss(lost, _surplus(after, before)) if lost else None


def _sums(old: RequirementBlock, new: RequirementBlock, loss: _Loss, named: Callable[[Sequence[str]], str]) -> str:
    """Count both sides, and name what the block adds."""
    adds = f"{_counted(len(loss.gained))} not in the current spec: {named(loss.gained)}" if loss.gained else "none"
    return f"The modified block has {_counted(len(new.scenarios))}; the current spec has {_counted(len(old.scenarios))}. It adds {adds}."


def _surplus(names: Sequence[str], others: Sequence[str]) -> list[str]:
    """List the names that stand more often among `names` than among `others`."""
    left = Counter(others)
    surplus: list[str] = []
    for name in names:
        if left[name]:
            left[name] -= 1
        else:
            surplus.append(name)
    return surplus


def _counted(count: int) -> str:
    return f"{count} scenario" if count == 1 else f"{count} scenarios"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _first_of(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return _listed(names) if more <= 0 else f"{_listed(names[:_MOST_NAMED])} and {more} more"
