"""Names the scenarios that a MODIFIED block would drop, since it replaces the whole block."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from setsquare.workspace.openspec.model import RequirementBlock

_MOST_NAMED = 3


def lost_scenarios(name: str, old: RequirementBlock, new: RequirementBlock) -> str:
    """Say what is lost between a requirement and its MODIFIED block; nothing where every name stands as often as before.

    >>> from setsquare.workspace.openspec.model import Scenario
    >>> old = RequirementBlock(name="A", line=1, raw="", statement="", scenarios=(Scenario("One", 2, ""), Scenario("Two", 3, "")))
    >>> new = RequirementBlock(name="A", line=1, raw="", statement="", scenarios=(Scenario("One", 2, ""),))
    >>> lost_scenarios("A", old, new)[:60]
    'MODIFIED "A" omits scenario(s) the current spec still has: "'
    >>> lost_scenarios("A", new, old)
    ''
    """
    before = [scenario.name for scenario in old.scenarios]
    after = [scenario.name for scenario in new.scenarios]
    if before == after:
        return ""
    lost = _surplus(before, [*after, *new.dropped])
    if not lost:
        return ""
    gained = _surplus(after, before)
    adds = f"{_counted(len(gained))} not in the current spec: {_first_of(gained)}" if gained else "none"
    return (
        f'MODIFIED "{name}" omits scenario(s) the current spec still has: {_listed(lost)}. '
        f"The modified block has {_counted(len(after))}; the current spec has {_counted(len(before))}. It adds {adds}. "
        "Copy the omitted scenarios into the MODIFIED block (a MODIFIED requirement replaces the whole block, so archive refuses to drop them)."
    )


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
