"""Finds policy documents anywhere in a value; policies of resources, which name principals, grant nothing to their holder and are none of them."""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.powers.iam.expressions.decoding import decoded
from setsquare.powers.iam.expressions.values import NOTHING, Encoded, Fields, Open, Value

_MOST_DEPTH = 12


def documents_in(value: Value, depth: int = 0) -> Iterator[Value]:
    """Give the documents in a value; statements that stand alone are one.

    >>> statement = Fields((("Effect", "Allow"), ("Action", "iam:*"), ("Resource", "*")))
    >>> [each.value.get("Statement") == (statement,) for each in documents_in(Fields((("x", (statement,)),)))]
    [True]
    """
    if depth > _MOST_DEPTH:
        return
    inner = decoded(value)
    if inner is not None:
        yield from documents_in(inner, depth + 1)
    elif isinstance(value, Fields):
        statement = _statement(value)
        if statement is not None:
            yield Encoded(Fields((("Statement", (statement,)),)))
            return
        for _, each in value.fields:
            yield from documents_in(each, depth + 1)
    elif isinstance(value, tuple):
        found = [made for each in value if isinstance(each, Fields) and (made := _statement(each)) is not None]
        if found:
            yield Encoded(Fields((("Statement", tuple(found)),)))
        for each in value:
            if not (isinstance(each, Fields) and _statement(each) is not None):
                yield from documents_in(each, depth + 1)


def _statement(value: Fields) -> Fields | None:
    """Read an object as a statement, in IAM's words or in those of modules."""
    keys = {key.lower().replace("_", ""): each for key, each in value.fields}
    words = keys.get("action", keys.get("actions"))
    others = keys.get("notaction", keys.get("notactions"))
    if (words is None and others is None) or any(key in keys for key in ("principal", "principals", "notprincipal", "notprincipals")):
        return None
    if words in {None, NOTHING, ()} and others in {None, NOTHING, ()}:
        return None
    resources = keys.get("resource", keys.get("resources"))
    excepted = keys.get("notresource", keys.get("notresources"))
    if not ({"effect", "sid"} & keys.keys() or resources is not None or excepted is not None):
        return None
    fields: list[tuple[str, Value]] = [("Effect", keys.get("effect", "Allow"))]
    fields += [("Action", words)] if words not in {None, NOTHING, ()} and words is not None else []
    fields += [("NotAction", others)] if others is not None and others not in {NOTHING, ()} else []
    if resources is not None and resources not in {NOTHING, ()}:
        fields.append(("Resource", resources))
    elif excepted is not None and excepted not in {NOTHING, ()}:
        fields.append(("NotResource", excepted))
    else:
        fields.append(("Resource", "*"))
    condition = keys.get("condition")
    if condition is not None and condition not in {NOTHING, ()}:
        fields.append(("Condition", condition))
    elif keys.get("conditions") not in {None, NOTHING, ()}:
        fields.append(("Condition", Open("${conditions}")))
    return Fields(tuple(fields))
