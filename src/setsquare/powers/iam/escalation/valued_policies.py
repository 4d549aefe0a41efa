"""Makes a policy of the values that its expression may have, and names what of it only the engine knows.

Whatever may be granted counts as granted, and a Deny counts only where it stands in every case.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from setsquare.powers.iam.escalation.terraform_documents import MARK_DOUBT
from setsquare.powers.iam.expressions.decoding import decoded
from setsquare.powers.iam.expressions.values import NOTHING, Choices, Encoded, Fields, Nothing, Open, Value, written
from setsquare.powers.iam.policy.document import CURRENT_VERSION, Policy
from setsquare.powers.iam.policy.reading import read_policy
from setsquare.text.json_document import scan
from setsquare.text.paths import RelPath

_WORDS = ("Action", "NotAction")
_ELEMENTS = frozenset(
    {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition"},
)
_SHOWN = 160


class Valued(Struct, frozen=True):
    """A policy, nothing where none of it is known, and what of it is not known, in words."""

    policy: Policy | None
    unknown: tuple[str, ...] = ()


def valued_policy(choices: Choices) -> Valued:
    """Make one policy of all choices.

    >>> document = Encoded(
    ...     Fields((("Statement", Fields((("Effect", "Allow"), ("Action", ("a:B", Open("${var.x}"))), ("Resource", "*")))),))
    ... )
    >>> found = valued_policy((document,))
    >>> found.policy.statements[0].actions, found.unknown
    (('a:B',), ('Action holds ${var.x}, which is known to the engine alone',))
    """
    unknown: list[str] = []
    rows: list[list[Fields]] = []
    for choice in choices:
        if isinstance(choice, Nothing) or choice == "":
            continue
        document = decoded(choice)
        if not isinstance(document, Fields):
            shown = choice.text if isinstance(choice, Open) else "what stands here"
            unknown.append(f"what {shown[:_SHOWN]} stands for is known to the engine alone")
            continue
        if document.has_open_keys:
            unknown.append("a key of the policy is known to the engine alone")
        rows.append(list(_statements(document, unknown)))
    statements = _joined(rows, is_whole=len(rows) == len(choices))
    found = _policy(statements, unknown) if statements else Policy(statements=(), version=CURRENT_VERSION) if rows else None
    return Valued(found, tuple(dict.fromkeys(unknown)))


def _statements(document: Fields, unknown: list[str]) -> Iterator[Fields]:
    listed = document.get("Statement")
    for each in _flat(listed if listed is not None else ()):
        inner = each.value if isinstance(each, Encoded) else each
        if isinstance(inner, Fields):
            made = _statement(inner, unknown)
            if made is not None:
                yield made
        else:
            shown = inner.text if isinstance(inner, Open) else "a statement"
            unknown.append(f"what {shown[:_SHOWN]} stands for is known to the engine alone")


def _flat(value: Value) -> Iterator[Value]:
    """Give the items of a list and of the lists in it; what is open or no list is one item."""
    if isinstance(value, tuple):
        for each in value:
            yield from _flat(each)
    elif not isinstance(value, Nothing):
        yield value


def _statement(statement: Fields, unknown: list[str]) -> Fields | None:
    """Make a statement of words alone; nothing where what it does is not known."""
    if statement.has_open_keys:
        unknown.append("an element of a statement has a name that is known to the engine alone")
    effect = statement.get("Effect")
    if not isinstance(effect, str):
        unknown.append(f"Effect is {effect.text[:_SHOWN] if isinstance(effect, Open) else 'missing'}, which is known to the engine alone")
        return None
    is_denying = effect == "Deny"
    fields: list[tuple[str, Value]] = []
    for key, value in statement.fields:
        if key in _WORDS and value not in {(), NOTHING}:
            words = list(_words(key, value, unknown))
            if not words or (key == "NotAction" and len(words) < len(list(_flat(value)))):
                return None
            fields.append((key, tuple(words)))
        elif key in {"Resource", "NotResource"}:
            made = _resources(key, value, unknown, is_denying=is_denying)
            if made is None:
                return None
            # Where nothing is known of what is left out, all of it is granted.
            fields.append((key, made) if made else ("Resource", ("*",)))
        elif key in {"Principal", "NotPrincipal"} and isinstance(value, Open):
            unknown.append(f"{key} is {value.text[:_SHOWN]}, which is known to the engine alone")
            return None
        elif key == "Condition" and not isinstance(value, (Fields, Nothing)):
            shown = value.text if isinstance(value, Open) else "${…}"
            fields.append((key, Fields((("StringEquals", Fields(((shown, shown),))),))))
        elif key in _ELEMENTS - {*_WORDS} and not isinstance(value, Nothing):
            fields.append((key, value))
    # A list without an action grants nothing.
    return Fields(tuple(fields)) if any(key in _WORDS for key, _ in fields) else None


def _words(key: str, value: Value, unknown: list[str]) -> Iterator[str]:
    """Give the actions that are known; name the others."""
    for each in _flat(value):
        if isinstance(each, str):
            yield each
        else:
            shown = each.text if isinstance(each, Open) else "what is no text"
            unknown.append(f"{key} holds {shown[:_SHOWN]}, which is known to the engine alone")


def _resources(key: str, value: Value, unknown: list[str], *, is_denying: bool) -> tuple[Value, ...] | None:
    """Give the resources as texts, with what is open in them.

    What may be any resource is taken for all of an Allow; of a Deny, and of what is left out, nobody knows it, so that nothing is taken away.
    """
    words: list[Value] = []
    for each in _flat(value):
        if isinstance(each, Open) and each.is_whole and is_denying:
            unknown.append(f"{key} of a Deny is {each.text[:_SHOWN]}, which is known to the engine alone")
            return None
        if isinstance(each, Open) and each.is_whole and key == "NotResource":
            continue
        words.append(each.text if isinstance(each, Open) else each if isinstance(each, str) else "*")
    return tuple(words)


def _joined(rows: list[list[Fields]], *, is_whole: bool) -> list[Fields]:
    """Join the statements of all choices: of Deny only those that stand in each of them for sure."""
    found: list[Fields] = []
    for row in rows:
        for each in row:
            is_sure = is_whole and each.get("Sid") != MARK_DOUBT and all(each in other for other in rows)
            if each not in found and (each.get("Effect") != "Deny" or is_sure):
                found.append(each)
    return found


def _policy(statements: list[Fields], unknown: list[str]) -> Policy | None:
    listed = tuple([Fields(tuple([each for each in statement.fields if each != ("Sid", MARK_DOUBT)])) for statement in statements])
    document = Fields((("Version", CURRENT_VERSION), ("Statement", listed)))
    text = written(document)
    raw = (text.text if isinstance(text, Open) else text).encode("utf-8", "replace")
    policy, problems = read_policy(scan(RelPath("policy.json"), raw))
    if policy is None:
        unknown.append(problems[0].reason if problems else "it is no policy")
    return policy


def is_open_word(word: str) -> bool:
    """Tell whether an action holds what only the engine knows: actions have no variables of their own.

    >>> is_open_word("iam:${var.x}"), is_open_word("iam:*")
    (True, False)
    """
    return "${" in word


def anything_open(policy: Policy) -> Iterator[str]:
    """Name the actions of a policy that only the engine knows."""
    for statement in policy.statements:
        for key, words in (("Action", statement.actions), ("NotAction", statement.not_actions)):
            for word in words or ():
                if is_open_word(word):
                    yield f"{key} holds {word[:_SHOWN]}, which is known to the engine alone"
