"""Holds a policy in source code against the policy that an account has: the same words, apart from what only the language's engine knows."""

from __future__ import annotations

from collections.abc import Sequence

from setsquare.powers.iam.infrastructure.nodes import ListNode, Located, MapNode, Node, TextNode, words_of
from setsquare.powers.iam.policy.document import Condition, Policy, Principals, Statement

_LIMIT_PAIRS = 40_000
_PAIRS = (("Action", "actions"), ("NotAction", "not_actions"), ("Resource", "resources"), ("NotResource", "not_resources"))


def fits(pieces: Sequence[str], text: str) -> bool:
    """Tell whether a text can be what the pieces become, with anything between them.

    >>> fits(("arn:aws:s3:::", "/*"), "arn:aws:s3:::logs/*"), fits(("a",), "b"), fits(("a", "a"), "a")
    (True, False, False)
    """
    if len(pieces) == 1:
        return pieces[0] == text
    first, *middle, last = pieces
    if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in middle:
        found = text.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def pairs_with(located: Located, policy: Policy) -> tuple[int, ...] | str:
    """Give for each statement of the source the number of the policy's statement that it is, or say in words how the two differ.

    A statement that the engine may leave out, and left out, has the number -1. Statements of the policy that no number names are made by the engine alone.
    """
    nodes, wanted = located.statements, policy.statements
    if located.loose or located.optional:
        return _aligned(located, policy)
    if len(nodes) != len(wanted):
        return f"it has {len(nodes)} statements there and {len(wanted)} in the account"
    left = list(range(len(wanted)))
    found: list[int] = []
    for index, node in enumerate(nodes):
        ordered = [each for each in left if each == index] + [each for each in left if each != index]
        same = next((each for each in ordered if not difference(node, located.source.policy.statements[index], wanted[each])), None)
        if same is None:
            return f"statement {index} differs: {difference(node, located.source.policy.statements[index], wanted[min(index, len(wanted) - 1)])}"
        left.remove(same)
        found.append(same)
    return tuple(found)


def _aligned(located: Located, policy: Policy) -> tuple[int, ...] | str:
    """Find the one way in which the statements, in their order, are some of the policy's, and the engine alone can have made the others."""
    nodes, wanted = located.statements, policy.statements
    sources = located.source.policy.statements
    if len(nodes) * len(wanted) > _LIMIT_PAIRS:
        return "it has too many statements that only the language's engine can make"
    fitting = [[not difference(node, source, each) for each in wanted] for node, source in zip(nodes, sources, strict=True)]
    for index, row in enumerate(fitting):
        if not any(row) and index not in located.optional:
            near = wanted[min(index, len(wanted) - 1)] if wanted else None
            return f"statement {index} differs" + (f": {difference(nodes[index], sources[index], near)}" if near else "")
    free = [any(_could_be(each.like, one) for each in located.loose) for one in wanted]
    ways = _ways(fitting, free, located.optional)
    if len(ways) == 1 and _makes_few(located, ways[0], policy):
        return ways[0]
    if len(ways) > 1:
        return "more than one statement in the account can be the one that is written there"
    return "the account has statements that nothing there can make"


def _ways(fitting: list[list[bool]], free: list[bool], optional: frozenset[int]) -> list[tuple[int, ...]]:
    """List two of the ways at most: step by step through the policy's statements, each is a written one or one that is made."""
    dead: set[tuple[int, int]] = set()
    found: list[tuple[int, ...]] = []

    def walk(node: int, at: int, chosen: tuple[int, ...]) -> bool:
        if len(found) > 1 or (node, at) in dead:
            return False
        if node == len(fitting):
            if not all(free[at:]):
                dead.add((node, at))
                return False
            found.append(chosen)
            return True
        reached = False
        if node in optional:
            reached |= walk(node + 1, at, (*chosen, -1))
        for place in range(at, len(free)):
            if fitting[node][place]:
                reached |= walk(node + 1, place + 1, (*chosen, place))
            if not free[place]:
                break
        if not reached:
            dead.add((node, at))
        return reached

    walk(0, 0, ())
    return found


def _makes_few(located: Located, way: tuple[int, ...], policy: Policy) -> bool:
    """Tell whether the engine made no more statements than it can."""
    if any(not each.is_one for each in located.loose):
        return True
    return len(policy.statements) - sum(1 for each in way if each >= 0) <= len(located.loose)


def _could_be(like: MapNode | None, wanted: Statement) -> bool:
    """Tell whether a statement can be one that the engine makes; of its conditions and principals nothing is said."""
    if like is None:
        return True
    effect = like.value("Effect")
    if not _text_fits(effect, wanted.effect.value) or not _text_fits(like.value("Sid"), wanted.sid):
        return False
    for element, attribute in _PAIRS:
        words: tuple[str, ...] | None = getattr(wanted, attribute)
        value = like.value(element)
        if value is None and words is not None:
            return False
        # What the engine gives may be nothing, and then the element is left out.
        if value is None or (isinstance(value, TextNode) and value.is_whole):
            continue
        if words is None or not _words_fit(value, words, has_case="Action" not in element):
            return False
    return True


def difference(node: Node, source: Statement, wanted: Statement) -> str:
    """Say how a statement of the source differs from one of an account; empty where it does not."""
    if not isinstance(node, MapNode):
        return "it is no statement"
    if source.effect is not wanted.effect:
        return f"the effect is {source.effect.value} there and {wanted.effect.value} in the account"
    if not _text_fits(node.value("Sid"), wanted.sid):
        return f"the Sid is {source.sid[:60]!r} there and {wanted.sid[:60]!r} in the account"
    for element, attribute in _PAIRS:
        words: tuple[str, ...] | None = getattr(wanted, attribute)
        value = node.value(element)
        if (value is None) != (words is None):
            return f"{element} stands in one of them alone"
        if value is not None and not _words_fit(value, words or (), has_case="Action" not in element):
            return f"{element} names other words"
    if _principals(source.principals) != _principals(wanted.principals) or _principals(source.not_principals) != _principals(
        wanted.not_principals
    ):
        return "it names other principals"
    return "" if _conditions_fit(node.value("Condition"), source.conditions, wanted.conditions) else "its conditions are others"


def _text_fits(node: Node | None, text: str) -> bool:
    return fits(node.pieces, text) if isinstance(node, TextNode) else text == ""


def _words_fit(value: Node, words: Sequence[str], *, has_case: bool) -> bool:
    """Tell whether the words of an element can be these: each of one side is one of the other's."""
    written = words_of(value)
    if isinstance(value, TextNode) and value.is_whole:
        return True
    if isinstance(value, ListNode) and len(written) != len(value.items):
        return False
    known = [word if has_case else word.lower() for word in words]
    patterns = [each.pieces if has_case else tuple(piece.lower() for piece in each.pieces) for each in written]
    return all(any(fits(pattern, word) for word in known) for pattern in patterns) and all(
        any(fits(pattern, word) for pattern in patterns) for word in known
    )


def _conditions_fit(node: Node | None, source: Sequence[Condition], wanted: Sequence[Condition]) -> bool:
    if sorted(map(_of_condition, source)) != sorted(map(_of_condition, wanted)):
        return False
    values = {_of_condition(each): each.values for each in wanted}
    for each in source:
        value = node.value(each.operator, each.key) if isinstance(node, MapNode) else None
        words = values[_of_condition(each)]
        texts = words_of(value)
        if value is None or (texts and not _words_fit(value, words, has_case=True)) or (not texts and set(each.values) != set(words)):
            return False
    return True


def _of_condition(each: Condition) -> tuple[str, str]:
    return each.operator.lower(), each.key.lower()


def _principals(principals: tuple[Principals, ...] | None) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(sorted((each.kind, tuple(sorted(each.values))) for each in principals or ()))
