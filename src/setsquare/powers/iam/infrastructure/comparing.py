"""Holds a policy in source code against the policy that an account has: the same words, apart from what only the language's engine knows."""

from __future__ import annotations

from collections.abc import Sequence

from setsquare.powers.iam.infrastructure.nodes import ListNode, Located, MapNode, Node, TextNode, words_of
from setsquare.powers.iam.policy.document import Condition, Policy, Principals, Statement

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
    """Give for each statement of the source the number of the policy's statement that it is, or say in words how the two differ."""
    nodes, wanted = located.statements, policy.statements
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
