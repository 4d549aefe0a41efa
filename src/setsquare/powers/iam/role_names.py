"""Matches names of roles against patterns, and measures how many names a pattern matches, by its language and not by its spelling.

A pattern is matched against the whole name, never against a path or an ARN. Marks: `*` any run, `?` one character, `[ab]`, `[a-c]`, `[!a]`, and
`{a,b}`, which may nest. `**` means the same as `*`, since a name has no parts.

Source: AWS, IAM User Guide, "IAM and AWS STS quotas, name requirements" (names have 1 to 64 characters of `A-Z a-z 0-9 + = , . @ - _`).
"""

from __future__ import annotations

import functools
import string
from collections.abc import Iterable

from msgspec import Struct

ALPHABET = frozenset(string.ascii_letters + string.digits + "+=,.@-_")
"""What a role's name may hold."""
LONGEST_NAME = 64
"""Characters of the longest role name."""

_LONGEST_PATTERN = 256
_MOST_ALTERNATIVES = 1_000
_MOST_EFFORT = 200_000
_USUAL_LENGTH = 20
_HALF = 0.5
_ANY = None

# One alternative: what each position takes, `None` for a run of anything.
_Steps = tuple[frozenset[str] | None, ...]


class RolePattern(Struct, frozen=True):
    """One pattern. `problem` says why it cannot be followed, empty when it can; it then matches nothing.

    >>> [RolePattern("ecs-*").matches(name) for name in ("ecs-api", "my-ecs-x", "ECS-api")]
    [True, False, False]
    >>> RolePattern("[ecs-*").problem
    'a bracket is not closed'
    """

    written: str

    @property
    def problem(self) -> str:
        """Say what is wrong with the spelling."""
        return _compiled(self.written, folds_case=False)[1]

    def matches(self, name: str, *, folds_case: bool = False) -> bool:
        """Tell whether a whole name matches. Where case is folded, a class matches what it would match in either case: that excludes more, never less.

        >>> RolePattern("Admin[!x]").matches("adminX", folds_case=True)
        True
        """
        alternatives, _ = _compiled(self.written, folds_case=folds_case)
        return any(_accepts(steps, name) for steps in alternatives)

    @property
    def matches_nothing(self) -> bool:
        """Tell whether no name can match, as with a pattern over ARNs.

        >>> RolePattern("arn:aws:iam::*:role/ecs-*").matches_nothing, RolePattern("ecs-?").matches_nothing
        (True, False)
        """
        alternatives, problem = _compiled(self.written, folds_case=False)
        return not problem and all(map(_is_empty, alternatives))


class Reached(Struct, frozen=True):
    """How far patterns reach together: `is_all` when every possible name matches; `share` of the names of usual length at most, 0 to 1."""

    is_all: bool
    share: float

    @property
    def is_too_wide(self) -> bool:
        """Tell whether so much matches that a choice of roles cannot be meant: all names, or half of those of usual length."""
        return self.is_all or self.share >= _HALF


def is_role_name(name: str) -> bool:
    r"""Tell whether a text can be a role's name.

    >>> is_role_name("ecs-api"), is_role_name("path/ecs-api"), is_role_name("ecs-api\n"), is_role_name("")
    (True, False, False, False)
    """
    return 0 < len(name) <= LONGEST_NAME and ALPHABET.issuperset(name)


def reach(patterns: Iterable[str]) -> Reached:
    """Measure how far patterns reach together. What is too large to be measured counts as everything.

    >>> reach(["ecs-*"]).is_too_wide, reach(["?*"]).is_all, reach(["[a-m]*", "[!a-m]*"]).is_all, reach(["????*"]).is_too_wide
    (False, True, True, True)
    """
    known = tuple(dict.fromkeys(steps for pattern in patterns for steps in _compiled(pattern, folds_case=False)[0]))
    share = 0.0
    for steps in known:
        alone = _reach((steps,))
        share += alone.share
        if alone.is_all:
            return alone
    # Together they match no more than the sum of their parts, which tells enough of every list that somebody chose.
    return Reached(is_all=False, share=share) if share < _HALF else _reach(known)


@functools.lru_cache(maxsize=1024)
def _reach(alternatives: tuple[_Steps, ...]) -> Reached:
    """Walk the sets of positions that names of each length lead to, and count the names."""
    classes = _classes(alternatives)
    states = {frozenset(_rested(alternatives, {(index, 0) for index in range(len(alternatives))})): 1}
    total, effort, share, is_all = 1, 0, 0.0, True
    for length in range(1, LONGEST_NAME + 1):
        effort += len(classes) * sum(len(state) + 1 for state in states)
        if effort > _MOST_EFFORT:
            return Reached(is_all=True, share=1.0)
        states, total = _stepped(alternatives, classes, states), total * len(ALPHABET)
        is_all = is_all and all(_is_accepting(alternatives, state) for state in states)
        if length == _USUAL_LENGTH:
            share = sum(count for state, count in states.items() if _is_accepting(alternatives, state)) / total
        if not is_all and length >= _USUAL_LENGTH:
            break
    return Reached(is_all=is_all, share=share)


_State = frozenset[tuple[int, int]]


def _stepped(alternatives: tuple[_Steps, ...], classes: tuple[tuple[str, int], ...], states: dict[_State, int]) -> dict[_State, int]:
    """Take one more character: how many names lead to each set of positions."""
    new: dict[_State, int] = {}
    for state, count in states.items():
        for char, size in classes:
            after = _after(alternatives, state, char)
            new[after] = new.get(after, 0) + count * size
    return new


def _after(alternatives: tuple[_Steps, ...], state: _State, char: str) -> _State:
    moved: set[tuple[int, int]] = set()
    for index, position in state:
        steps = alternatives[index]
        if position < len(steps):
            step = steps[position]
            if step is _ANY:
                moved.add((index, position))
            elif char in step:
                moved.add((index, position + 1))
    return frozenset(_rested(alternatives, moved))


def _rested(alternatives: tuple[_Steps, ...], positions: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """Add what can be reached without a character: a run may be empty."""
    found = set(positions)
    for index, start in positions:
        steps, position = alternatives[index], start
        while position < len(steps) and steps[position] is _ANY:
            position += 1
            found.add((index, position))
    return found


def _is_accepting(alternatives: tuple[_Steps, ...], state: _State) -> bool:
    return any(position == len(alternatives[index]) for index, position in state)


def _classes(alternatives: tuple[_Steps, ...]) -> tuple[tuple[str, int], ...]:
    """Group the characters that no pattern tells apart: one of each group, with the group's size."""
    sets = tuple(dict.fromkeys(step for steps in alternatives for step in steps if step is not None))
    groups: dict[tuple[bool, ...], list[str]] = {}
    for char in sorted(ALPHABET, key=lambda each: (not each.isalpha(), each.isupper(), each)):
        groups.setdefault(tuple(char in each for each in sets), []).append(char)
    return tuple((members[0], len(members)) for members in groups.values())


def _is_empty(steps: _Steps) -> bool:
    """Tell whether an alternative matches no name: a step takes no character, or no possible length fits."""
    fixed = sum(step is not _ANY for step in steps)
    return any(step is not _ANY and not step for step in steps) or fixed > LONGEST_NAME or not steps


def _accepts(steps: _Steps, name: str) -> bool:
    """Match one alternative against a whole name, in time linear in both."""
    alternatives = (steps,)
    positions = _rested(alternatives, {(0, 0)})
    for char in name:
        moved: set[tuple[int, int]] = set()
        for _, position in positions:
            step = steps[position] if position < len(steps) else frozenset[str]()
            if step is _ANY:
                moved.add((0, position))
            elif char in step:
                moved.add((0, position + 1))
        positions = _rested(alternatives, moved)
    return (0, len(steps)) in positions


@functools.lru_cache(maxsize=1024)
def _compiled(pattern: str, *, folds_case: bool) -> tuple[tuple[_Steps, ...], str]:
    """Read a pattern: its alternatives, and what is wrong with it."""
    if len(pattern) > _LONGEST_PATTERN:
        return (), f"it is longer than {_LONGEST_PATTERN} characters"
    spelt, problem = _without_braces(pattern)
    if problem:
        return (), problem
    alternatives: list[_Steps] = []
    for each in spelt:
        steps, problem = _steps(each, folds_case=folds_case)
        if problem:
            return (), problem
        alternatives.append(steps)
    return tuple(dict.fromkeys(alternatives)), ""


def _without_braces(pattern: str) -> tuple[tuple[str, ...], str]:
    """Write every alternative out, the innermost choice first."""
    waiting, done = [pattern], list[str]()
    while waiting:
        text = waiting.pop()
        end = text.find("}")
        start = text.rfind("{", 0, end if end >= 0 else None)
        if end < 0 and start < 0:
            done.append(text)
        elif end < 0 or start < 0:
            return (), "a brace has no partner"
        else:
            waiting += [text[:start] + choice + text[end + 1 :] for choice in reversed(text[start + 1 : end].split(","))]
        if len(waiting) + len(done) > _MOST_ALTERNATIVES:
            return (), f"its braces stand for more than {_MOST_ALTERNATIVES} patterns"
    return tuple(done), ""


def _steps(text: str, *, folds_case: bool) -> tuple[_Steps, str]:
    """Read a pattern without braces."""
    steps: list[frozenset[str] | None] = []
    position = 0
    while position < len(text):
        char = text[position]
        position += 1
        if char == "*":
            if not steps or steps[-1] is not _ANY:
                steps.append(_ANY)
        elif char == "?":
            steps.append(ALPHABET)
        elif char == "[":
            end = text.find("]", position + (2 if text[position : position + 1] in ("!", "^") else 1))
            if end < 0:
                return (), "a bracket is not closed"
            steps.append(_folded(_class(text[position:end]), folds_case=folds_case))
            position = end + 1
        elif char == "]":
            return (), "a bracket has no partner"
        else:
            steps.append(_folded(frozenset(char) & ALPHABET, folds_case=folds_case))
    return tuple(steps), ""


def _class(inside: str) -> frozenset[str]:
    """Read what stands between brackets."""
    is_negated = inside[:1] in ("!", "^")
    rest = inside[1:] if is_negated else inside
    found: set[str] = set()
    position = 0
    while position < len(rest):
        if rest[position + 1 : position + 2] == "-" and position + 2 < len(rest):
            found.update(char for char in ALPHABET if rest[position] <= char <= rest[position + 2])
            position += 3
        else:
            found.add(rest[position])
            position += 1
    return ALPHABET - found if is_negated else ALPHABET & found


def _folded(chars: frozenset[str], *, folds_case: bool) -> frozenset[str]:
    return chars | frozenset(char.swapcase() for char in chars) if folds_case else chars
