"""Shows what changed between two texts line by line, in unified form.

Source: Myers, "An O(ND) Difference Algorithm and Its Variations", Algorithmica 1986; of two shortest scripts the one that removes first is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

_COSTLIEST = 800
"""Beyond so many changed lines a text counts as replaced in the middle, so that time stays bounded."""

Step = tuple[str, str]
"""A sign (blank, `-` or `+`) and a line."""


def unified(old: str, new: str, context: int = 4) -> str:
    r"""Write the hunks of a unified diff with some lines of context; empty for equal texts.

    >>> unified("a\nb", "a\nc")
    '@@ -1,2 +1,2 @@\n a\n-b\n+c'
    """
    steps = line_steps(old.split("\n"), new.split("\n"))
    changed = [at for at, (sign, _) in enumerate(steps) if sign != " "]
    return "\n".join(line for first, last in _hunks(changed, context) for line in _hunk(steps, max(0, first - context), last + context + 1))


def line_steps(old: Sequence[str], new: Sequence[str]) -> list[Step]:
    """List how one text becomes the other, the removed lines of a place before the added ones.

    >>> line_steps(["a", "b"], ["b", "c"])
    [('-', 'a'), (' ', 'b'), ('+', 'c')]
    """
    head = 0
    while head < len(old) and head < len(new) and old[head] == new[head]:
        head += 1
    steps = [*((" ", line) for line in old[:head]), *_changed(old[head:], new[head:])]
    return _removed_first(steps)


def _changed(old: Sequence[str], new: Sequence[str]) -> list[Step]:
    """Find the shortest script between two texts."""
    reached = {1: 0}
    trail: list[dict[int, int]] = []
    for cost in range(len(old) + len(new) + 1):
        if cost > _COSTLIEST:
            break
        trail.append(dict(reached))
        for diagonal in range(-cost, cost + 1, 2):
            removes = diagonal != -cost and (diagonal == cost or reached.get(diagonal - 1, -1) + 1 > reached.get(diagonal + 1, -1))
            at = reached[diagonal - 1] + 1 if removes else reached[diagonal + 1]
            while at < len(old) and at - diagonal < len(new) and at - diagonal >= 0 and old[at] == new[at - diagonal]:
                at += 1
            reached[diagonal] = at
            if at >= len(old) and at - diagonal >= len(new):
                return _walked(old, new, trail)
    return [*(("-", line) for line in old), *(("+", line) for line in new)]


def _walked(old: Sequence[str], new: Sequence[str], trail: list[dict[int, int]]) -> list[Step]:
    """Go back over what was reached at each cost and list the steps."""
    steps: list[Step] = []
    at, to = len(old), len(new)
    for cost in range(len(trail) - 1, -1, -1):
        reached, diagonal = trail[cost], at - to
        removes = diagonal != -cost and (diagonal == cost or reached.get(diagonal - 1, -1) + 1 > reached.get(diagonal + 1, -1))
        before = diagonal - 1 if removes else diagonal + 1
        start = reached[before] if cost else 0
        while at > (start + 1 if removes else start) and to > (start - before if removes else start - before + 1) and cost:
            at, to = at - 1, to - 1
            steps.append((" ", old[at]))
        if not cost:
            steps += ((" ", line) for line in reversed(old[:at]))
        elif removes:
            at -= 1
            steps.append(("-", old[at]))
        else:
            to -= 1
            steps.append(("+", new[to]))
    return steps[::-1]


def _removed_first(steps: list[Step]) -> list[Step]:
    """Put the removed lines of each place before the added ones."""
    sorted_steps: list[Step] = []
    added: list[Step] = []
    for step in steps:
        if step[0] == "+":
            added.append(step)
            continue
        if step[0] == " ":
            sorted_steps += added
            added = []
        sorted_steps.append(step)
    return sorted_steps + added


def _hunks(changed: list[int], context: int) -> Iterator[tuple[int, int]]:
    """Group changed places that lie so near that their context meets."""
    start = 0
    for at in range(1, len(changed) + 1):
        if at == len(changed) or changed[at] - changed[at - 1] - 1 > 2 * context:
            yield changed[start], changed[at - 1]
            start = at


def _hunk(steps: list[Step], first: int, end: int) -> Iterator[str]:
    """Write one hunk with its head."""
    inside = steps[first:end]
    old_start = 1 + sum(sign != "+" for sign, _ in steps[:first])
    new_start = 1 + sum(sign != "-" for sign, _ in steps[:first])
    old_count, new_count = sum(sign != "+" for sign, _ in inside), sum(sign != "-" for sign, _ in inside)
    yield f"@@ -{old_start},{old_count} +{new_start},{new_count} @@"
    for sign, line in inside:
        yield sign + line
