"""Matches actions and ARNs with the patterns of a policy, and compares patterns as languages.

`covers` and `overlaps` are exact for patterns of literal text, `*` and `?` over all texts. Where the number of steps that an exact answer needs is beyond `LIMIT_STEPS`
they give the answer that claims nothing: not covered, may overlap.
"""

from __future__ import annotations

from functools import lru_cache

from setsquare.powers.iam.policy.glob import Atom, Glob, Machine, Variable, Wild, compiled, in_segments, joined, wild_atoms

LIMIT_STEPS = 200_000
"""Transitions that a comparison of two patterns may take."""

_OTHER = "\ufffe"
"""Stands for every character that the compared patterns do not spell; it is no character of Unicode text."""
_STARS = (Wild.ANY, Wild.ANY_IN_SEGMENT)
_BOUND = (Wild.ONE_IN_SEGMENT, Wild.ANY_IN_SEGMENT)
_ESCAPES = ("${*}", "${?}", "${$}")


def action_matches(pattern: str, action: str) -> bool:
    """Tell whether an action is of a pattern; names of actions have no case, and `*` and `?` may stand anywhere.

    Source: AWS, IAM User Guide, "IAM JSON policy elements: Action".

    >>> action_matches("S3:get*", "s3:GetObject"), action_matches("s3:Get?bject", "s3:GetObject"), action_matches("*", "s3:GetObject")
    (True, True, True)
    >>> action_matches("s3:Get*", "s3:PutObject")
    False
    """
    return action_glob(pattern).matches(action.lower())


def arn_matches(pattern: str, arn: str) -> bool:
    """Tell whether an ARN is of the pattern of a `Resource` element without variables; case matters.

    A `*` that ends a segment of the ARN reaches beyond colons, any other stays in its segment; in the resource part both match colons.
    Source: AWS, IAM User Guide, "IAM JSON policy elements: Resource".

    >>> arn_matches("arn:aws:s3:::b/*.log", "arn:aws:s3:::b/10:00/x.log"), arn_matches("arn:aws:s3:::B/*", "arn:aws:s3:::b/x")
    (True, False)
    >>> arn_matches("arn:aws:ec2:*", "arn:aws:ec2:us-east-1:1:vpc/v"), arn_matches("arn:aws:ec2:u*1:vpc/v", "arn:aws:ec2:us-east-1:1:vpc/v")
    (True, False)
    """
    return arn_glob(pattern).matches(arn)


@lru_cache(maxsize=8192)
def action_glob(pattern: str) -> Glob:
    """Compile a pattern for actions; it matches names in lower case.

    >>> action_glob("S3:*").matches("s3:getobject")
    True
    """
    return compiled(wild_atoms(pattern.lower()))


@lru_cache(maxsize=8192)
def arn_glob(pattern: str) -> Glob:
    """Compile a pattern for ARNs without variables.

    >>> arn_glob("arn:aws:s3:::a").matches("arn:aws:s3:::a")
    True
    """
    return compiled(in_segments(wild_atoms(pattern)))


@lru_cache(maxsize=16384)
def covers(pattern: str, other: str, *, has_variables: bool = True) -> bool:
    """Tell whether every ARN of the other pattern is of the first one; false also where that takes too long to say.

    A variable stands for a text that is not known: only the same variable and a `*` that matches every character cover it.

    >>> covers("arn:aws:s3:::b*", "arn:aws:s3:::b/?"), covers("arn:aws:s3:::b/*", "arn:aws:s3:::b*")
    (True, False)
    >>> (
    ...     covers("arn:aws:s3:::b/${aws:userid}/*", "arn:aws:s3:::b/${aws:userid}/x"),
    ...     covers("arn:aws:s3:::b/???", "arn:aws:s3:::b/${aws:userid}"),
    ... )
    (True, False)
    """
    return pattern == other or _includes(_atoms(pattern, has_variables), _atoms(other, has_variables))


@lru_cache(maxsize=16384)
def overlaps(pattern: str, other: str, *, has_variables: bool = True) -> bool:
    """Tell whether some ARN may be of both patterns; true also where that takes too long to say. A variable may be any text.

    >>> overlaps("arn:aws:s3:::a*", "arn:aws:s3:::*b"), overlaps("arn:aws:s3:::a?", "arn:aws:s3:::b*")
    (True, False)
    """
    return _meet(*[_with_stars(_atoms(each, has_variables)) for each in (pattern, other)])


@lru_cache(maxsize=16384)
def covers_action(pattern: str, other: str) -> bool:
    """Tell whether every action of the other pattern is of the first one.

    >>> covers_action("s3:Get*", "S3:GetObject*"), covers_action("s3:Get*", "s3:*")
    (True, False)
    """
    first, second = pattern.lower(), other.lower()
    return first == second or _includes(wild_atoms(first), wild_atoms(second))


@lru_cache(maxsize=16384)
def overlaps_action(pattern: str, other: str) -> bool:
    """Tell whether some action may be of both patterns.

    >>> overlaps_action("s3:Get*", "s3:*Object"), overlaps_action("s3:Get*", "s3:Put*")
    (True, False)
    """
    return _meet(wild_atoms(pattern.lower()), wild_atoms(other.lower()))


def variable_atoms(pattern: str) -> tuple[Atom, ...]:
    """Read a pattern with its variables unresolved; the escapes `${*}`, `${?}` and `${$}` are the characters themselves.

    Source: AWS, IAM User Guide, "IAM policy elements: Variables and tags".

    >>> variable_atoms("a${*}*${aws:userid}")
    ('a', '*', <Wild.ANY: '*'>, Variable(text='${aws:userid}'))
    """
    atoms: list[Atom] = []
    position = 0
    while (start := pattern.find("${", position)) >= 0 and (end := pattern.find("}", start)) >= 0:
        atoms += wild_atoms(pattern[position:start])
        text = pattern[start : end + 1]
        atoms.append(text[2] if text in _ESCAPES else Variable(text))
        position = end + 1
    return joined([*atoms, *wild_atoms(pattern[position:])])


@lru_cache(maxsize=8192)
def _atoms(pattern: str, has_variables: bool) -> tuple[Atom, ...]:
    return in_segments(variable_atoms(pattern) if has_variables and "${" in pattern else wild_atoms(pattern))


def _with_stars(atoms: tuple[Atom, ...]) -> tuple[Atom, ...]:
    """Let every variable be any text."""
    return joined(Wild.ANY if isinstance(atom, Variable) else atom for atom in atoms)


def _includes(outer: tuple[Atom, ...], inner: tuple[Atom, ...]) -> bool:
    """Tell whether every text of the inner pattern is of the outer: no walk through the inner one may leave the outer without a way to accept.

    The walk keeps, for each place in the inner pattern, the smallest sets of states of the outer one: what is accepted from a set is accepted from a larger one.
    """
    if outer == (Wild.ANY,):
        return True
    if all(isinstance(atom, str) for atom in inner):
        return compiled(outer).matches("".join([atom for atom in inner if isinstance(atom, str)]))
    if not _begins_like(outer, inner) or not _begins_like(outer[::-1], inner[::-1]):
        return False
    machine = Machine(outer)
    letters = (*machine.spelt, ":", _OTHER)
    seen: list[list[int]] = [[] for _ in range(len(inner) + 1)]
    waiting = [(0, machine.start)]
    steps = 0
    while waiting:
        place, states = waiting.pop()
        known = seen[place]
        if any(smaller & states == smaller for smaller in known):
            continue
        known[:] = [larger for larger in known if larger & states != states]
        known.append(states)
        if place == len(inner):
            if not states & machine.accepting:
                return False
            continue
        steps += len(letters)
        if steps > LIMIT_STEPS:
            return False
        waiting += _steps(machine, inner[place], place, states, letters)
    return True


def _begins_like(outer: tuple[Atom, ...], inner: tuple[Atom, ...]) -> bool:
    """Tell whether the characters that the outer pattern must begin with are those of the inner one; else some text of it is not of the outer.

    It answers most questions at once: a policy with many words is many questions.
    """
    for at, atom in enumerate(outer):
        if not isinstance(atom, str):
            return True
        if at == len(inner) or inner[at] != atom:
            return False
    return True


def _steps(machine: Machine, atom: Atom, place: int, states: int, letters: tuple[str, ...]) -> list[tuple[int, int]]:
    """List where reading one atom of the inner pattern leads: its next place, and the states of the outer pattern."""
    if isinstance(atom, str):
        return [(place + 1, machine.after(states, atom))]
    if isinstance(atom, Variable):
        return [(place + 1, machine.after_variable(states, atom))]
    read = [letter for letter in letters if letter != ":"] if atom in _BOUND else letters
    if atom not in _STARS:
        return [(place + 1, machine.after(states, letter)) for letter in read]
    return [(place + 1, states), *[(place, machine.after(states, letter)) for letter in read]]


def _meet(first: tuple[Atom, ...], second: tuple[Atom, ...]) -> bool:
    """Tell whether two patterns have a text in common: walk both at once, from start to end."""
    seen: set[tuple[int, int]] = set()
    waiting = [(0, 0)]
    while waiting:
        left, right = places = waiting.pop()
        if places in seen:
            continue
        seen.add(places)
        if len(seen) > LIMIT_STEPS or (left == len(first) and right == len(second)):
            return True
        one = first[left] if left < len(first) else None
        other = second[right] if right < len(second) else None
        if one in _STARS:
            waiting.append((left + 1, right))
        if other in _STARS:
            waiting.append((left, right + 1))
        if one is not None and other is not None and _agree(one, other):
            waiting.append((left + (one not in _STARS), right + (other not in _STARS)))
    return False


def _agree(one: Atom, other: Atom) -> bool:
    """Tell whether two atoms can read the same character."""
    if isinstance(one, str) and isinstance(other, str):
        return one == other
    return not ((one == ":" and other in _BOUND) or (other == ":" and one in _BOUND))
