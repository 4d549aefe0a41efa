"""Puts copies of a policy beside it in Terraform code, attached as it is: what several policies take the place of is written in several blocks of its own form.

Source: Terraform AWS provider, `aws_iam_policy`, `aws_iam_role_policy`, `aws_iam_role_policy_attachment`; Terraform language, "Style Conventions".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from setsquare.powers.iam.infrastructure.hcl import Attribute, Block, Call, Expression
from setsquare.powers.iam.infrastructure.list_edits import indent, newline, stands_alone
from setsquare.powers.iam.infrastructure.nodes import Field, ListNode, Located, MapNode, Node, TextNode, Unit, UnitKind
from setsquare.powers.iam.infrastructure.rows import length_of, row_of, spaced
from setsquare.powers.iam.infrastructure.statement_editing import Refusal
from setsquare.powers.iam.infrastructure.terraform_attachments import ATTACHED
from setsquare.powers.iam.infrastructure.terraform_places import FolderCode, code_of
from setsquare.powers.iam.infrastructure.terraform_uses import occurrences
from setsquare.text.paths import RelPath, base_name, parent
from setsquare.text.span import Edit, Span, apply_edits

_LISTS = frozenset({"managed_policy_arns", "policy_arns", "policy_names"})
_DOCUMENT = "data.aws_iam_policy_document."


class Copied(Struct, frozen=True):
    """Code with copies of a policy: the edits of its files, new files, and the addresses of the copies, in their order."""

    edits: Mapping[RelPath, Sequence[Edit]]
    created: Mapping[RelPath, bytes]
    addresses: tuple[str, ...]


class _Copying:
    """Copies of one policy: the folder's code, and what is put into it."""

    __slots__ = ("code", "created", "edits")

    def __init__(self, code: FolderCode) -> None:
        self.code = code
        self.edits: dict[RelPath, list[Edit]] = {}
        self.created: dict[RelPath, bytes] = {}

    def put(self, path: RelPath, at: int, text: bytes) -> None:
        """Put text at a place."""
        self.edits.setdefault(path, []).append(Edit(Span(at, at), text))

    def beside(self, path: RelPath, block: Block, texts: Sequence[bytes]) -> None:
        """Put blocks behind one, with a blank line between."""
        gap = newline(self.code.raws[path]) * 2 + indent(self.code.raws[path], block.span.start)
        self.put(path, block.span.end, b"".join(gap + text for text in texts))

    def label(self, kind: str, type_: str, label: str, number: int) -> str:
        """Make a label for a copy that no other block has."""
        taken = {
            block.labels[1] for _, block in self.code.each() if block.type == kind and block.labels[0] == type_ and len(block.labels) > 1
        }
        made = f"{label}{'-' if '-' in label else '_'}{number}"
        while made in taken:
            made += "_"
        return made

    def renamed(self, path: RelPath, span: Span, edits: Sequence[Edit], names: Mapping[str, str]) -> bytes:
        """Give the text of a span with some edits of the file, and names exchanged."""
        inside = [edit for edit in edits if span.start <= edit.span.start and edit.span.end <= span.end]
        for old, new in names.items():
            for where, at in occurrences({path: self.code.raws[path]}, old):
                if where == path and span.start <= at < span.end:
                    inside.append(Edit(Span(at, at + len(old)), new.encode()))
        moved = [Edit(Span(edit.span.start - span.start, edit.span.end - span.start), edit.new) for edit in inside]
        return apply_edits(self.code.raws[path][span.start : span.end], moved)


def terraform_copies(files: Mapping[RelPath, bytes], located: Located, unit: Unit, number: int) -> Copied:
    """Put `number` - 1 copies of a policy beside it.

    Raises:
        Refusal: it is written in a way that cannot be copied.
    """
    folder = parent(unit.path)
    copying = _Copying(code_of(files, folder))
    block = next(each for each in copying.code.blocks[unit.path] if each.span.start <= unit.span.start < each.span.end)
    is_entry = unit.kind is UnitKind.ENTRY
    held = next(each for each in block.each("inline_policy") if each.span == unit.span) if is_entry else block
    texts: list[bytes] = []
    addresses: list[str] = []
    made: list[tuple[int, str, str]] = []
    for index in range(2, number + 1):
        names, edits = _documents(copying, files, located, held, index)
        edits += _named(copying.code.raws[unit.path], held, index)
        old = ".".join(block.labels)
        if not is_entry:
            label = copying.label("resource", block.labels[0], block.labels[1], index)
            edits.append(_labelled(copying.code.raws[unit.path], block, label))
            new = f"{block.labels[0]}.{label}"
            made.append((index, old, new))
            prefix = unit.address.removesuffix(old)
            addresses.append(prefix + new)
        else:
            addresses.append(unit.address)
        texts.append(copying.renamed(unit.path, held.span, edits, names))
    copying.beside(unit.path, held, texts)
    if made:
        _attach(copying, block, made)
    return Copied(copying.edits, copying.created, tuple(addresses))


def _documents(
    copying: _Copying, files: Mapping[RelPath, bytes], located: Located, held: Block, index: int
) -> tuple[dict[str, str], list[Edit]]:
    """Copy the document that a policy takes in; give its name and the copy's, and what else changes in the block's copy."""
    if len(located.parts) != 1 or located.loose:
        raise Refusal(located.source.span.start, "its document is joined of several, which cannot be shared out")
    part = located.parts[0]
    value = held.value("policy")
    if value is None:
        raise Refusal(held.span.start, "its document is not written in its block")
    if part.path == _path_of(copying, held) and value.span.start <= part.span.start and part.span.end <= value.span.end:
        return {}, []
    if isinstance(value, Call) and not part.names and part.path not in copying.code.raws:
        return {}, [_file(copying, files, part.path, (_path_of(copying, held), value), index)]
    if len(part.names) != 1 or part.also:
        raise Refusal(located.source.span.start, "its document is reached in a way that cannot be copied")
    name = part.names[0][1]
    for path, blocks in copying.code.blocks.items():
        for block in blocks:
            if name.startswith(_DOCUMENT) and block.type == "data" and "data." + ".".join(block.labels) == name:
                label = copying.label("data", block.labels[0], block.labels[1], index)
                copying.beside(path, block, [copying.renamed(path, block.span, [_labelled(copying.code.raws[path], block, label)], {})])
                return {name: f"{_DOCUMENT}{label}"}, []
            if block.type == "locals":
                attribute = next((each for each in block.attributes if f"local.{each.name}" == name), None)
                if attribute is not None:
                    return {name: _local(copying, path, attribute, index)}, []
    raise Refusal(located.source.span.start, f"{name} stands in another module")


def _path_of(copying: _Copying, held: Block) -> RelPath:
    """Give the file of a block."""
    return next(path for path, blocks in copying.code.blocks.items() if any(each is held or held in each.blocks for each in blocks))


def _file(copying: _Copying, files: Mapping[RelPath, bytes], path: RelPath, call: tuple[RelPath, Call], index: int) -> Edit:
    """Copy the file that a policy is written in; give the edit that names the copy."""
    where, value = call
    first = value.arguments[0]
    stem, dot, ending = base_name(path).partition(".")
    made = RelPath(path.removesuffix(base_name(path)) + f"{stem}-{index}{dot}{ending}")
    if not isinstance(first, TextNode) or made in files:
        raise Refusal(value.span.start, f"there is a file {made} already" if made in files else "its file is named by a function")
    raw = copying.code.raws[where]
    at = first.span.end - 1 - len(f"{dot}{ending}".encode())
    if raw[at - len(stem.encode()) : at] != stem.encode():
        raise Refusal(value.span.start, "its file is named by a function")
    copying.created[made] = files[path]
    return Edit(Span(at, at), f"-{index}".encode())


def _local(copying: _Copying, path: RelPath, attribute: Attribute, index: int) -> str:
    raw = copying.code.raws[path]
    label = f"{attribute.name}_{index}"
    text = copying.renamed(path, attribute.span, [Edit(attribute.name_span, label.encode())], {})
    copying.put(path, attribute.span.end, newline(raw) + indent(raw, attribute.span.start) + text)
    return f"local.{label}"


def _labelled(raw: bytes, block: Block, label: str) -> Edit:
    """Give a block another second label."""
    head = raw[block.span.start : block.inside.start]
    old = block.labels[1].encode("utf-8", "surrogateescape")
    at = head.rfind(old)
    if at < 0:
        raise Refusal(block.span.start, "its label cannot be found")
    start = block.span.start + at
    return Edit(Span(start, start + len(old)), label.encode())


def _named(raw: bytes, block: Block, index: int) -> Iterator[Edit]:
    """Give the copy a name of its own, if the block has one."""
    value = block.value("name")
    if value is None:
        return
    if not isinstance(value, TextNode):
        raise Refusal(value.span.start, "its name is put together by a function")
    span = value.span
    if raw[span.start : span.start + 1] == b'"':
        yield Edit(Span(span.end - 1, span.end - 1), f"-{index}".encode())
    else:
        yield Edit(span, b'"${' + raw[span.start : span.end] + f'}}-{index}"'.encode())


def _attach(copying: _Copying, policy: Block, made: Sequence[tuple[int, str, str]]) -> None:
    """Attach the copies wherever the policy is attached."""
    old = made[0][1]
    for path, at in tuple(occurrences(copying.code.raws, old)):
        place = copying.code.standing(path, at)
        block, attribute, kind = place.block, place.attribute, place.kind
        if block is policy or attribute is None:
            continue
        if attribute.name == "policy_arn" and kind in ATTACHED and block.value("for_each") is None:
            texts = []
            for index, _, new in made:
                label = copying.label("resource", kind, block.labels[1], index)
                edits = [_labelled(copying.code.raws[path], block, label)]
                if kind == "aws_iam_policy_attachment":
                    edits += _named(copying.code.raws[path], block, index)
                texts.append(copying.renamed(path, block.span, edits, {old: new}))
            copying.beside(path, block, texts)
        elif attribute.name in _LISTS or (attribute.name == "for_each" and kind in ATTACHED):
            _listed(copying, path, attribute.value, at, made)


def _listed(copying: _Copying, path: RelPath, value: Expression, at: int, made: Sequence[tuple[int, str, str]]) -> None:
    """Put the copies into a list, or an object, behind the policy."""
    if isinstance(value, Call) and value.name == "toset" and len(value.arguments) == 1:
        value = value.arguments[0]
    raw = copying.code.raws[path]
    parts = value.items if isinstance(value, ListNode) else value.fields if isinstance(value, MapNode) else ()
    part = next((each for each in parts if each.span.start <= at < each.span.end), None)
    if part is None:
        raise Refusal(at, f"{path}: the list that attaches it cannot be read")
    item = part.span
    alone = stands_alone(raw, item)
    is_comma = not isinstance(value, MapNode) or not alone or raw[item.end : item.end + 1] == b","
    glue = (b"," if is_comma else b"") + (newline(raw) + indent(raw, item.start) if alone else b" ")
    row = row_of(raw, value.fields, part) if isinstance(value, MapNode) and isinstance(part, Field) else ()
    width = max([length_of(raw, each) for each in row if each is not part] + [_length(raw, part, index) for index, _, _ in made], default=0)
    for each in row:
        for edit in spaced(raw, each, length_of(raw, each), width):
            copying.edits.setdefault(path, []).append(edit)
    texts = []
    for index, old, new in made:
        edits = list(_keyed(raw, part, index)) + list(
            spaced(raw, part, _length(raw, part, index), width) if row and isinstance(part, Field) else ()
        )
        texts.append(glue + copying.renamed(path, item, edits, {old: new}))
    copying.put(path, item.end, b"".join(texts))


def _length(raw: bytes, part: Field | Node, index: int) -> int:
    """Count the characters of a copy's key."""
    return length_of(raw, part) + len(f"_{index}") if isinstance(part, Field) else 0


def _keyed(raw: bytes, part: Field | Node, index: int) -> Iterator[Edit]:
    """Give the copy of an object's field a key of its own."""
    if isinstance(part, Field):
        end = part.key_span.end - (raw[part.key_span.end - 1 : part.key_span.end] == b'"')
        yield Edit(Span(end, end), f"_{index}".encode())
