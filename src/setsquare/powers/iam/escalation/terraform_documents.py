"""Works out the documents that `aws_iam_policy_document` gives, loops and other documents that it takes in included.

Source: Terraform AWS provider, data source `aws_iam_policy_document`; Terraform language, "dynamic Blocks".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from msgspec import Struct

from setsquare.powers.iam.expressions.decoding import decoded
from setsquare.powers.iam.expressions.evaluating import Evaluation, values_of
from setsquare.powers.iam.expressions.terms import Term
from setsquare.powers.iam.expressions.values import (
    NOTHING,
    Choices,
    Encoded,
    Fields,
    Open,
    Value,
    combined,
    distinct,
    hole,
    items_of,
    text_of,
)
from setsquare.powers.iam.infrastructure.document_blocks import KEYS
from setsquare.powers.iam.infrastructure.hcl import Block
from setsquare.powers.iam.infrastructure.nodes import TextNode
from setsquare.powers.iam.infrastructure.terraform_module import Home, Scope
from setsquare.text.paths import RelPath
from setsquare.text.span import Span

MARK_DOUBT = "${maybe}"
"""The id of a statement that is there or not; one that denies is then taken for none."""
_SOURCES = ("source_json", "source_policy_documents")
_OVERRIDES = ("override_json", "override_policy_documents")
_MOST = 300


class Code(Protocol):
    """What gives the values of expressions."""

    def term(self, path: RelPath, span: Span) -> Term:
        """Parse what stands in a place."""
        ...

    def evaluation(self, scope: Scope, home: Home | None = None, like: Evaluation | None = None) -> Evaluation:
        """Give where names are looked up."""
        ...


class Piece(Struct, frozen=True):
    """A block, with where its names are looked up; `is_sure` tells that it is there."""

    block: Block
    where: Evaluation
    is_sure: bool = True


def documents_of(code: Code, scope: Scope, home: Home, like: Evaluation) -> Choices:
    """Give the documents that a data source may give."""
    where = code.evaluation(scope, home, like)
    layers = [_taken_in(code, home, name, where) for name in _SOURCES]
    own = [_statements(code, home.path, piece) for piece in expanded(code, home.path, home.block, "statement", where)]
    rows = combined(own)
    layers.append((hole("statement"),) if rows is None else distinct([tuple(row) for row in rows], "statement"))
    layers += [_taken_in(code, home, name, where) for name in _OVERRIDES]
    joined = combined(layers)
    shown = f"data.{'.'.join(home.block.labels[:2])}.json"
    if joined is None:
        return (hole(shown),)
    return distinct([Encoded(Fields((("Version", "2012-10-17"), ("Statement", _laid(row))))) for row in joined], shown)


def _laid(layers: tuple[Value, ...]) -> tuple[Value, ...]:
    """Lay documents upon each other: a statement takes the place of an earlier one of its Sid."""
    found: list[Value] = []
    for layer in layers:
        for statement in items_of(layer):
            sid = statement.get("Sid") if isinstance(statement, Fields) else None
            if isinstance(sid, str) and sid and sid != MARK_DOUBT:
                found = [each for each in found if not (isinstance(each, Fields) and each.get("Sid") == sid)]
            found.append(statement)
    return tuple(found)


def _taken_in(code: Code, home: Home, name: str, where: Evaluation) -> Choices:
    """Give the statements of documents that are taken in, as one list for each choice."""
    value = home.block.value(name)
    if value is None:
        return ((),)
    found: list[Value] = []
    for choice in values_of(code.term(home.path, value.span), where.deeper()):
        rows: list[Value] = []
        for document in items_of(choice):
            content = decoded(document)
            if isinstance(content, Fields):
                listed = content.get("Statement")
                rows += () if listed is None else items_of(listed) if isinstance(listed, tuple) else (listed,)
            elif document not in ("", NOTHING):
                rows.append(document if isinstance(document, Open) else hole(name))
        found.append(tuple(rows))
    return distinct(found, name)


def expanded(code: Code, path: RelPath, block: Block, type_: str, where: Evaluation) -> Iterator[Piece]:
    """Give the inner blocks of a type, those that loops make included; a loop that is not listed may make any."""
    for inner in block.blocks:
        if inner.type == type_:
            yield Piece(inner, where)
        elif inner.type == "dynamic" and inner.labels == (type_,):
            yield from _of_loop(code, path, inner, type_, where)


def _of_loop(code: Code, path: RelPath, loop: Block, type_: str, where: Evaluation) -> Iterator[Piece]:
    content = next(loop.each("content"), None)
    source = loop.value("for_each")
    if content is None or source is None:
        return
    iterator = loop.value("iterator")
    name = iterator.value.removeprefix("${").removesuffix("}") if isinstance(iterator, TextNode) else type_
    choices = values_of(code.term(path, source.span), where.deeper())
    for value in choices:
        is_sure = len(choices) == 1 and not isinstance(value, Open)
        if isinstance(value, Open):
            pairs: tuple[tuple[Value, Value], ...] = ((hole(f"{name}.key"), hole(f"{name}.value")),)
        elif isinstance(value, Fields):
            pairs = value.fields
        else:
            pairs = tuple([(float(at), each) for at, each in enumerate(items_of(value))])
        for key, each in pairs[:_MOST]:
            bound: Mapping[str, Value] = {name: Fields((("key", key), ("value", each)))}
            yield Piece(content, where.inside(bound), is_sure)


def _statements(code: Code, path: RelPath, piece: Piece) -> Choices:
    """Give the statement of a block, as one for each choice."""
    names: list[str] = []
    parts: list[Choices] = []
    for attribute in piece.block.attributes:
        if attribute.name in KEYS:
            names.append(KEYS[attribute.name])
            parts.append(values_of(code.term(path, attribute.value.span), piece.where.deeper()))
    for type_, element in (("principals", "Principal"), ("not_principals", "NotPrincipal")):
        found = [_inner(code, path, each, ("type", "identifiers")) for each in expanded(code, path, piece.block, type_, piece.where)]
        if found:
            names.append(element)
            parts.append(_combined_inner(found, element))
    conditions = [
        _inner(code, path, each, ("test", "variable", "values")) for each in expanded(code, path, piece.block, "condition", piece.where)
    ]
    if conditions:
        names.append("Condition")
        parts.append(_combined_inner(conditions, "Condition"))
    rows = combined(parts)
    if rows is None:
        return (hole("statement"),)
    return distinct([_statement(names, tuple(row), piece) for row in rows], "statement")


def _statement(names: list[str], values: tuple[Value, ...], piece: Piece) -> Value:
    fields: list[tuple[str, Value]] = []
    for name, value in zip(names, values, strict=True):
        if name == "Condition":
            fields.append((name, _conditions(items_of(value))))
        elif name in {"Principal", "NotPrincipal"}:
            fields.append((name, _principals(items_of(value))))
        elif value not in ((), NOTHING):
            fields.append((name, _own_variables(value)))
    if "Effect" not in [name for name, _ in fields]:
        fields.append(("Effect", "Allow"))
    if not piece.is_sure:
        fields = [*[each for each in fields if each[0] != "Sid"], ("Sid", MARK_DOUBT)]
    return Fields(tuple(fields))


def _own_variables(value: Value) -> Value:
    """Turn the data source's mark for a policy's variables into that of policies."""
    match value:
        case str():
            return value.replace("&{", "${")
        case Open():
            return Open(value.text.replace("&{", "${"), value.is_whole)
        case tuple():
            return tuple([_own_variables(each) for each in value])
        case _:
            return value


def _inner(code: Code, path: RelPath, piece: Piece, keys: tuple[str, ...]) -> Choices:
    """Give the arguments of an inner block, as one row for each choice."""
    parts: list[Choices] = []
    for key in keys:
        value = piece.block.value(key)
        parts.append(("",) if value is None else values_of(code.term(path, value.span), piece.where.deeper()))
    rows = combined(parts)
    return (hole(keys[0]),) if rows is None else distinct([tuple(row) for row in rows], keys[0])


def _combined_inner(parts: list[Choices], shown: str) -> Choices:
    rows = combined(parts)
    return (hole(shown),) if rows is None else distinct([tuple(row) for row in rows], shown)


def _conditions(rows: tuple[Value, ...]) -> Value:
    found: dict[str, dict[str, Value]] = {}
    for row in rows:
        if not isinstance(row, tuple) or len(row) != 3:
            return row
        test, variable = _word(row[0]), _word(row[1])
        found.setdefault(test, {})[variable] = _own_variables(row[2])
    return Fields(tuple([(test, Fields(tuple(keys.items()))) for test, keys in found.items()]))


def _principals(rows: tuple[Value, ...]) -> Value:
    found: dict[str, tuple[Value, ...]] = {}
    for row in rows:
        if not isinstance(row, tuple) or len(row) != 2:
            return row
        kind = _word(row[0])
        found[kind] = (*found.get(kind, ()), *items_of(row[1]))
    return "*" if found.keys() == {"*"} else Fields(tuple(found.items()))


def _word(value: Value) -> str:
    found = text_of(value)
    return found.text if isinstance(found, Open) else found or ""
