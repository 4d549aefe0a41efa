"""Puts what stands in a CloudFormation template itself in the place of its functions: defaults of parameters, both branches of conditions, mappings, texts.

What may be granted counts as granted: of a condition both branches, in lists as items, and a Deny only where both have it.
Source: AWS CloudFormation User Guide, "Intrinsic function reference", "Mappings", "Parameters".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from msgspec.structs import replace

from setsquare.powers.iam.infrastructure.intrinsic import FUNCTIONS, called_function
from setsquare.powers.iam.infrastructure.nodes import BareNode, Field, ListNode, MapNode, Node, TextNode, hole, rendered
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.span import Span

LIMIT_DEPTH = 40
LIMIT_STEPS = 200_000
_MOST_CHOICES = 64
_VARIABLE = LazyPattern(r"\$\{(?P<name>[^}!]*)\}")
_NO_VALUE = "${AWS::NoValue}"
_DENY = "Deny"
_DENIED = frozenset({"Action", "Resource"})
_EXCEPTED = frozenset({"NotAction", "NotResource"})
_LISTS = frozenset({"CommaDelimitedList"})

Choices = tuple[Node, ...]
_NONE: Mapping[str, Choices] = {}


def resolved(root: Node, given: Mapping[str, Choices] = _NONE) -> Node:
    r"""Resolve a template whose functions are kept as objects; `given` are the values that stacks around it hand to its parameters.

    >>> from setsquare.powers.iam.infrastructure.yaml_nodes import yaml_node
    >>> text = b"Parameters: {A: {Default: 'iam:*'}}\nResources: {X: {Action: !Ref A, Or: !Ref B}}\n"
    >>> found = resolved(yaml_node(text, keeps_functions=True))
    >>> found.value("Resources", "X", "Action").value, found.value("Resources", "X", "Or").value
    ('iam:*', '${B}')
    """
    if not isinstance(root, MapNode):
        return root
    resolver = _Resolver(root, given)
    fields = [
        replace(field, value=resolver.value(field.value, 0)) if field.key not in {"Parameters", "Mappings", "Conditions"} else field
        for field in root.fields
    ]
    return replace(root, fields=tuple(fields))


class _Resolver:
    """One template."""

    def __init__(self, root: MapNode, given: Mapping[str, Choices]) -> None:
        self._given = given
        self._parameters = _fields(root.value("Parameters"))
        self.mappings = root.value("Mappings")
        self.names: Mapping[str, Node] = {}
        self._left = LIMIT_STEPS

    def value(self, node: Node, depth: int) -> Node:
        """Resolve a node to one: where conditions decide, what is joined of all."""
        return _united(self.choices(node, depth), node.span)

    def choices(self, node: Node, depth: int) -> Choices:
        """Resolve a node to each value that it may have."""
        self._left -= 1
        if depth > LIMIT_DEPTH or self._left < 0:
            return (hole(node.span, "…"),)
        if isinstance(node, ListNode):
            return (replace(node, items=tuple(self._items(node, depth))),)
        if not isinstance(node, MapNode):
            return (node,)
        if len(node.fields) == 1 and _is_call(node.fields[0].key):
            field = node.fields[0]
            if field.key != "Condition" or isinstance(field.value, TextNode):
                return self._called(field.key, field.value, node.span, depth + 1)
        if isinstance(node.value("Effect"), (TextNode, MapNode)) and (node.field("Action") or node.field("NotAction")):
            return (self._statement(node, depth),)
        return (self._object(node, depth),)

    def _items(self, node: ListNode, depth: int) -> Iterator[Node]:
        """Resolve a list: what is there or not is there, and a list in the place of an item gives its items."""
        for item in node.items:
            is_call = isinstance(item, MapNode) and len(item.fields) == 1
            choices = self.choices(item, depth + 1)
            for each in choices:
                if len(choices) > 1 and _is_denying(each) and any(other != each for other in choices):
                    # It is there in one case alone.
                    continue
                if is_call and isinstance(each, ListNode):
                    yield from each.items
                elif not _is_nothing(each):
                    yield each

    def _object(self, node: MapNode, depth: int) -> MapNode:
        fields: list[Field] = []
        for field in node.fields:
            if field.key.startswith("Fn::ForEach::"):
                fields += _repeated(self, field, depth)
                continue
            if field.key == "Fn::Transform":
                fields.append(Field("Fn::Transform", field.key_span, hole(field.value.span, "Fn::Transform"), field.span))
                continue
            made = self.value(field.value, depth + 1)
            if not _is_nothing(made):
                fields.append(replace(field, value=made))
        return replace(node, fields=tuple(fields))

    def _statement(self, node: MapNode, depth: int) -> Node:
        """Resolve a statement; one that may allow allows, and of one that denies only the words that stand in every case count."""
        effects = [each.value for each in self.choices(_needed(node, "Effect"), depth + 1) if isinstance(each, TextNode)]
        is_denying = all(each == _DENY for each in effects) and bool(effects)
        fields: list[Field] = []
        for field in node.fields:
            if field.key == "Effect" and len(effects) > 1:
                known = next((each for each in ("Allow", _DENY) if each in effects), effects[0])
                made: Node = TextNode(field.value.span, known, (known,))
            elif field.key == "Condition" and not is_denying:
                conditions = self.choices(field.value, depth + 1)
                if len(conditions) > 1:
                    # One of several conditions may hold, or none: no more than that is sure.
                    continue
                made = conditions[0]
            elif field.key in (_DENIED if is_denying else _EXCEPTED):
                made = _certain(self, field.value, depth + 1)
                if isinstance(made, ListNode) and not made.items:
                    return hole(node.span, "AWS::NoValue") if is_denying else replace(node, fields=(*fields, *_everything(node, field)))
            else:
                made = self.value(field.value, depth + 1)
            if not _is_nothing(made):
                fields.append(replace(field, value=made))
        return replace(node, fields=tuple(fields))

    def _called(self, name: str, argument: Node, span: Span, depth: int) -> Choices:
        """Resolve one call; what is not known is a hole, as the reading of templates makes it."""
        found: Choices | None = None
        match name:
            case "Ref" if isinstance(argument, TextNode):
                found = self.reference(argument.value, span)
            case "Fn::Sub":
                found = _substituted(self, argument, span, depth)
            case "Fn::If" if isinstance(argument, ListNode) and len(argument.items) == 3:
                found = tuple([each for branch in argument.items[1:] for each in self.choices(branch, depth)])
            case "Fn::Join" if isinstance(argument, ListNode) and len(argument.items) == 2:
                found = _joined(self, argument.items[0], argument.items[1], span, depth)
            case "Fn::Split" if isinstance(argument, ListNode) and len(argument.items) == 2:
                found = _parted(self, argument.items[0], argument.items[1], span, depth)
            case "Fn::Select" if isinstance(argument, ListNode) and len(argument.items) == 2:
                found = _selected(self, argument.items[0], argument.items[1], depth)
            case "Fn::FindInMap" if isinstance(argument, ListNode) and len(argument.items) >= 3:
                found = _mapped(self, argument.items, depth)
            case "Fn::ToJsonString":
                found = (self.value(argument, depth),)
            case "Fn::GetAtt":
                found = (called_function(name, argument, span),)
            case _:
                pass
        return (
            found[:_MOST_CHOICES]
            if found
            else (hole(span, name if not isinstance(argument, TextNode) else f"{name} {argument.value}"[:120]),)
        )

    def reference(self, name: str, span: Span) -> Choices:
        """Give what a name stands for: a variable of a loop, or a parameter."""
        local = self.names.get(name)
        if local is not None:
            return (local,)
        parameter = self._parameters.get(name)
        if not isinstance(parameter, MapNode):
            return (hole(span, name),)
        allowed, default = parameter.value("AllowedValues"), parameter.value("Default")
        if _shown(parameter.value("Type")).startswith("AWS::SSM::"):
            # The default is the name of what holds the value.
            return (hole(span, name),)
        is_list = _shown(parameter.value("Type")) in _LISTS or _shown(parameter.value("Type")).startswith("List<")
        found: list[Node] = [] if default is None else [default]
        if isinstance(allowed, ListNode):
            found += [each for each in allowed.items if _shown(each) != _shown(default)]
        made: list[Node] = [_respanned(each, span) for each in self._given.get(name, ())]
        for each in found:
            text = _shown(each)
            parts = [TextNode(each.span, part.strip(), (part.strip(),)) for part in text.split(",")] if is_list else []
            made.append(ListNode(each.span, tuple(parts)) if is_list else TextNode(each.span, text, (text,)))
        return tuple(made) if made else (hole(span, name),)


def _repeated(resolver: _Resolver, field: Field, depth: int) -> Iterator[Field]:
    """Give the fields that `Fn::ForEach` writes, one set for each item."""
    parts = field.value.items if isinstance(field.value, ListNode) else ()
    items = resolver.choices(parts[1], depth + 1) if len(parts) == 3 else ()
    listed = [item for each in items if isinstance(each, ListNode) for item in each.items]
    name = parts[0].value if parts and isinstance(parts[0], TextNode) else ""
    template = parts[2] if len(parts) == 3 else None
    if not listed or not name or not isinstance(template, MapNode) or not all(isinstance(each, TextNode) for each in listed):
        yield Field(field.key, field.key_span, hole(field.value.span, field.key), field.span)
        return
    before = resolver.names
    for item in listed[:_MOST_CHOICES]:
        resolver.names = {**before, name: item}
        for inner in template.fields:
            if inner.key.startswith("Fn::ForEach::"):
                yield from _repeated(resolver, inner, depth + 1)
                continue
            key = _VARIABLE.sub(lambda found: _shown(resolver.names.get(found["name"])) or found[0], inner.key)
            key = key.replace(f"&{{{name}}}", "".join(each for each in _shown(item) if each.isalnum()))
            yield replace(inner, key=key, value=resolver.value(inner.value, depth + 1))
    resolver.names = before


def _certain(resolver: _Resolver, node: Node, depth: int) -> Node:
    """Give the items that are there in every case."""
    items = node.items if isinstance(node, ListNode) else (node,)
    kept: list[Node] = []
    for item in items:
        choices = [tuple(each.items) if isinstance(each, ListNode) else (each,) for each in resolver.choices(item, depth)]
        for each in choices[0]:
            shown = _shown(each)
            if all(any(_shown(other) == shown for other in row) for row in choices):
                kept.append(each)
    return ListNode(node.span, tuple(kept))


def _substituted(resolver: _Resolver, argument: Node, span: Span, depth: int) -> Choices:
    """Resolve `Fn::Sub`; names that lead to resources stay as they are."""
    items = argument.items if isinstance(argument, ListNode) else (argument,)
    if not items or not isinstance(items[0], TextNode):
        return (hole(span, "Fn::Sub"),)
    named = _fields(items[1]) if len(items) > 1 else {}
    text = items[0].value
    names = list(dict.fromkeys(found["name"] for found in _VARIABLE.finditer(text)))
    known: list[Choices] = []
    for name in names:
        bare = name.strip()
        known.append(resolver.choices(named[bare], depth) if bare in named else resolver.reference(bare, span))
    made: list[Node] = []
    for row in _rows(known):
        fill = dict(zip(names, row, strict=True))
        made.append(_filled(text, fill, span))
    return tuple(made)


def _joined(resolver: _Resolver, between: Node, parts: Node, span: Span, depth: int) -> Choices | None:
    made: list[Node] = []
    for glue in resolver.choices(between, depth):
        for listed in resolver.choices(parts, depth) if not isinstance(parts, ListNode) else _lists(resolver, parts, depth):
            if not isinstance(listed, ListNode):
                return None
            found = called_function("Fn::Join", ListNode(span, (glue, listed)), span)
            made.append(found)
    return tuple(made)


def _lists(resolver: _Resolver, node: ListNode, depth: int) -> Iterator[ListNode]:
    """Give a list once for each combination of what its items may be."""
    for row in _rows([resolver.choices(item, depth) for item in node.items]):
        items = [inner for each in row for inner in (each.items if isinstance(each, ListNode) else (each,)) if not _is_nothing(inner)]
        yield replace(node, items=tuple(items))


def _parted(resolver: _Resolver, between: Node, text: Node, span: Span, depth: int) -> Choices | None:
    made: list[Node] = []
    for each in resolver.choices(text, depth):
        if not isinstance(each, TextNode) or each.is_open or not isinstance(between, TextNode) or not between.value:
            return None
        made.append(ListNode(span, tuple([TextNode(span, part, (part,)) for part in each.value.split(between.value)])))
    return tuple(made)


def _selected(resolver: _Resolver, index: Node, parts: Node, depth: int) -> Choices | None:
    made: list[Node] = []
    for at in resolver.choices(index, depth):
        shown = _shown(at)
        for listed in _lists(resolver, parts, depth) if isinstance(parts, ListNode) else resolver.choices(parts, depth):
            if not isinstance(listed, ListNode) or not listed.items:
                return None
            # Of an index that is not known every item may be meant.
            made += [listed.items[int(shown)]] if shown.isdigit() and int(shown) < len(listed.items) else listed.items
    return tuple(made)


def _mapped(resolver: _Resolver, words: Sequence[Node], depth: int) -> Choices | None:
    """Look a mapping up; of a key that is not known every value may be meant."""
    found: list[Node] = [] if resolver.mappings is None else [resolver.mappings]
    for word in words[:3]:
        keys = [_shown(each) for each in resolver.choices(word, depth) if isinstance(each, TextNode) and not each.is_open]
        following: list[Node] = []
        for node in found:
            fields = _fields(node)
            known = [fields[key] for key in keys if key in fields]
            following += known or fields.values()
        found = following[:_MOST_CHOICES]
    return tuple(found) or None


def _united(choices: Choices, span: Span) -> Node:
    """Make one node of several: lists and texts are one list, policies one policy; what is nothing leaves the rest."""
    kept = [each for index, each in enumerate(choices) if not _is_nothing(each) and each not in choices[:index]]
    if len(kept) < 2:
        return kept[0] if kept else choices[0]
    documents = [each for each in kept if isinstance(each, MapNode) and each.field("Statement")]
    if documents and len(documents) == len(kept):
        return _documents_united(documents, is_whole=len(kept) == len(choices))
    maps = [each for each in kept if isinstance(each, MapNode) and not each.field("Effect")]
    if len(maps) == len(kept):
        keys = dict.fromkeys(field.key for each in maps for field in each.fields)
        return replace(maps[0], fields=tuple([_field_united(key, maps) for key in keys]))
    items = [item for each in kept for item in (each.items if isinstance(each, ListNode) else (each,))]
    return ListNode(span, tuple([item for index, item in enumerate(items) if item not in items[:index]]))


def _field_united(key: str, maps: Sequence[MapNode]) -> Field:
    """Join what several objects say under one key."""
    found = [field for each in maps if (field := each.field(key)) is not None]
    return replace(found[0], value=_united(tuple([each.value for each in found]), found[0].value.span))


def _documents_united(documents: Sequence[MapNode], *, is_whole: bool) -> MapNode:
    """Join the statements of policies of which one holds; a Deny counts where all have it."""
    rows = [_statements(each) for each in documents]
    shown = [[rendered(each) for each in row] for row in rows]
    kept = [each for row in rows for each in row if not _is_denying(each) or (is_whole and all(rendered(each) in other for other in shown))]
    first = documents[0]
    fields = [
        replace(field, value=ListNode(field.value.span, tuple(kept))) if field.key == "Statement" else field for field in first.fields
    ]
    return replace(first, fields=tuple(fields))


def _statements(document: MapNode) -> tuple[Node, ...]:
    value = document.value("Statement")
    return value.items if isinstance(value, ListNode) else () if value is None else (value,)


def _rows(parts: Sequence[Choices]) -> Iterator[tuple[Node, ...]]:
    many = 1
    for each in parts:
        many *= max(1, len(each))
    if many > _MOST_CHOICES:
        yield tuple([each[0] if len(each) == 1 else hole(each[0].span, "…") for each in parts])
        return
    yield from product(*parts)


def _filled(text: str, fill: Mapping[str, Node], span: Span) -> TextNode:
    """Put texts in the place of names; a name whose value is open stays a hole."""
    shown, pieces, at = "", [""], 0
    for found in _VARIABLE.finditer(text):
        literal = text[at : found.start()].replace("${!", "${")
        node = fill[found["name"]]
        value = node if isinstance(node, TextNode) else hole(span, found["name"])
        shown += literal + value.value
        pieces[-1] += literal + value.pieces[0]
        pieces += value.pieces[1:]
        at = found.end()
    rest = text[at:].replace("${!", "${")
    pieces[-1] += rest
    is_whole = len(pieces) == 2 and not any(pieces)
    return TextNode(span, shown + rest, tuple(pieces), is_whole=is_whole)


def _is_call(key: str) -> bool:
    """Tell whether a key is a function; one that is not known gives nobody knows what."""
    return key in FUNCTIONS or (key.startswith("Fn::") and not key.startswith("Fn::ForEach::"))


def _everything(node: MapNode, field: Field) -> Iterator[Field]:
    """Give the rest of a statement that leaves nothing out for sure."""
    star = TextNode(field.value.span, "*", ("*",))
    yield replace(field, key=field.key.removeprefix("Not"), value=star)
    at = node.fields.index(field)
    yield from (each for each in node.fields[at + 1 :] if each.key != "Condition")


def _respanned(node: Node, span: Span) -> Node:
    """Give a text or a list of another file the place where it is used."""
    if isinstance(node, ListNode):
        return ListNode(span, tuple([_respanned(item, span) for item in node.items]))
    return replace(node, span=span)


def _is_denying(node: Node) -> bool:
    return isinstance(node, MapNode) and _shown(node.value("Effect")) == _DENY


def _needed(node: MapNode, key: str) -> Node:
    found = node.value(key)
    return found if found is not None else hole(node.span, key)


def _is_nothing(node: Node) -> bool:
    return isinstance(node, TextNode) and node.value == _NO_VALUE


def _fields(node: Node | None) -> dict[str, Node]:
    return {field.key: field.value for field in node.fields} if isinstance(node, MapNode) else {}


def _shown(node: Node | None) -> str:
    return node.value if isinstance(node, TextNode) else node.written if isinstance(node, BareNode) else ""
