"""Takes a policy out of Terraform code: its block, and what only refers to it. What else names it is a reason to leave it.

Source: Terraform AWS provider, `aws_iam_role` (`inline_policy {}` alone takes inline policies away; without any such block they are left), `aws_iam_policy`,
`aws_iam_role_policy_attachment`, `aws_iam_role_policies_exclusive`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from msgspec import Struct

from setsquare.powers.iam.infrastructure.hcl import Block, Call, Expression
from setsquare.powers.iam.infrastructure.list_edits import block_cuts, bracketed_cuts, line_cuts, line_end
from setsquare.powers.iam.infrastructure.nodes import ListNode, Located, MapNode, Unit, UnitKind
from setsquare.powers.iam.infrastructure.rows import length_of, row_of, spaced
from setsquare.powers.iam.infrastructure.statement_editing import Refusal
from setsquare.powers.iam.infrastructure.terraform_attachments import ATTACHED
from setsquare.powers.iam.infrastructure.terraform_places import FolderCode, Standing, code_of
from setsquare.powers.iam.infrastructure.terraform_uses import occurrences
from setsquare.text.paths import RelPath, parent
from setsquare.text.span import Edit, Span

_LISTS = frozenset({"managed_policy_arns", "policy_arns", "policy_names"})
"""Arguments that list all policies of a role; an empty list means that it has none."""
_DOCUMENT = "data.aws_iam_policy_document."


class _Cut(Struct, frozen=True):
    """Bytes of a file that go, and what takes their place."""

    path: RelPath
    span: Span
    new: bytes = b""


class Removing:
    """One removal: what goes so far."""

    __slots__ = ("code", "cuts")

    def __init__(self, code: FolderCode) -> None:
        self.code = code
        self.cuts: list[_Cut] = []

    def take(self, path: RelPath, span: Span, new: bytes = b"") -> None:
        """Let bytes go."""
        self.cuts.append(_Cut(path, span, new))

    def take_block(self, path: RelPath, block: Block) -> None:
        """Let a block go, with the blank line beside it, and clear up what names it."""
        for span in block_cuts(self.code.raws[path], [block.span], {0}):
            self.take(path, span)
        if block.type == "resource":
            self.clear(".".join(block.labels))

    def clear(self, name: str) -> None:
        """Clear up every place that names what goes.

        Raises:
            Refusal: one of them cannot be cleared up.
        """
        for path, at in occurrences(self.code.raws, name):
            if not self.is_gone(path, at):
                self._clear_one(self.code.standing(path, at))

    def _clear_one(self, place: Standing) -> None:
        attribute = place.attribute
        is_looped = place.block.value("for_each") is not None
        if attribute is None:
            raise self.code.refused(place)
        if attribute.name == "policy_arn" and place.kind in ATTACHED and not is_looped:
            self.take_block(place.path, place.block)
        elif attribute.name == "depends_on":
            self.take_item(place, attribute.value, is_idle=True)
        elif attribute.name in _LISTS:
            self.take_item(place, attribute.value)
        elif attribute.name == "for_each" and place.kind in ATTACHED:
            self.take_turn(place)
        else:
            raise self.code.refused(place)

    def take_turn(self, place: Standing) -> None:
        """Take the turn of a block's loop that stands at a place; the block with the last one."""
        value = place.block.value("for_each")
        if isinstance(value, Call) and value.name == "toset" and len(value.arguments) == 1:
            value = value.arguments[0]
        if len(_parts(value)) == 1:
            self.take_block(place.path, place.block)
        elif value is not None:
            self.take_item(place, value)

    def take_item(self, place: Standing, value: Expression, *, is_idle: bool = False) -> None:
        """Take the item of a list that holds a place; the whole argument where it is the only one and says nothing without."""
        raw, path = self.code.raws[place.path], place.path
        spans = _parts(value)
        gone = {index for index, span in enumerate(spans) if span.start <= place.at < span.end or self.is_gone(path, span.start)}
        if not any(span.start <= place.at < span.end for span in spans):
            raise self.code.refused(place)
        if len(gone) < len(spans):
            for span in bracketed_cuts(raw, spans, gone):
                self.take(path, span)
            for edit in _row_edits(raw, value, gone):
                self.take(path, edit.span, edit.new)
        elif is_idle and place.attribute is not None:
            for span in block_cuts(raw, [place.attribute.span], {0}):
                self.take(path, span)
        else:
            self.take(path, value.span, b"[]" if isinstance(value, ListNode) else b"{}")

    def is_gone(self, path: RelPath, at: int) -> bool:
        """Tell whether a place goes."""
        return any(cut.path == path and cut.span.start <= at < cut.span.end for cut in self.cuts)

    def edits(self) -> dict[RelPath, list[Edit]]:
        """Give what goes as edits, those that lie in others left out."""
        found: dict[RelPath, list[Edit]] = {}
        for path in self.code.raws:
            merged: list[_Cut] = []
            for cut in sorted((each for each in self.cuts if each.path == path), key=lambda each: (each.span.start, -each.span.end)):
                if merged and cut.span.end <= merged[-1].span.end:
                    continue
                if merged and cut.span.start < merged[-1].span.end:
                    merged[-1] = _Cut(path, Span(merged[-1].span.start, cut.span.end), merged[-1].new + cut.new)
                else:
                    merged.append(cut)
            if merged:
                found[path] = [Edit(_without_gap(self.code.raws[path], cut), cut.new) for cut in merged]
        return found


def _parts(value: Expression | None) -> tuple[Span, ...]:
    """Give the places of the items of a list, or of the fields of an object."""
    if isinstance(value, ListNode):
        return tuple([item.span for item in value.items])
    return tuple([field.span for field in value.fields]) if isinstance(value, MapNode) else ()


def _row_edits(raw: bytes, value: Expression, gone: Collection[int]) -> Iterator[Edit]:
    """Set the signs of an object's rows below each other again."""
    fields = value.fields if isinstance(value, MapNode) else ()
    for index in gone if fields else ():
        row = [each for each in row_of(raw, fields, fields[index]) if fields.index(each) not in gone]
        width = max((length_of(raw, each) for each in row), default=0)
        for each in row:
            yield from spaced(raw, each, length_of(raw, each), width)


def _clear_documents(removing: Removing, located: Located, folder: str) -> Iterator[str]:
    """Take away the documents that nothing else takes in; say which files nothing names any more."""
    code = removing.code
    for name in dict.fromkeys(name for part in located.parts for where, name in part.names if where == folder):
        if any(not removing.is_gone(path, at) for path, at in occurrences(code.raws, name)):
            continue
        for path, block in code.each():
            if name.startswith(_DOCUMENT) and block.type == "data" and "data." + ".".join(block.labels) == name:
                removing.take_block(path, block)
            attribute = next((each for each in block.attributes if f"local.{each.name}" == name), None) if block.type == "locals" else None
            if attribute is not None and len(block.attributes) == 1:
                removing.take_block(path, block)
            elif attribute is not None:
                for span in line_cuts(code.raws[path], [attribute.span], {0}):
                    removing.take(path, span)
    for part in located.parts:
        if part.path not in code.raws and not part.path.endswith(".tf") and not part.also:
            yield f"{part.path} is named by nothing any more: delete it"


def terraform_removal(files: Mapping[RelPath, bytes], located: Located, unit: Unit) -> tuple[dict[RelPath, list[Edit]], tuple[str, ...]]:
    """Give the edits of all files that take a policy away, and what a person should know of them.

    Raises:
        Refusal: something else names the policy.
    """
    folder = parent(unit.path)
    removing = Removing(code_of(files, folder))
    for path, raw in files.items():
        if path.endswith(".tf.json") and parent(path) == folder and b"aws_iam_" in raw:
            raise Refusal(unit.span.start, f"{path} may name it, and Terraform's JSON is not edited")
    block = next(each for each in removing.code.blocks[unit.path] if each.span.start <= unit.span.start < each.span.end)
    if unit.kind is UnitKind.RESOURCE:
        removing.take_block(unit.path, block)
    else:
        inner = next(each for each in block.each("inline_policy") if each.span == unit.span)
        others = [
            each for each in block.blocks if each is not inner and (each.type == "inline_policy" or each.labels == ("inline_policy",))
        ]
        if others:
            for span in block_cuts(files[unit.path], [inner.span], {0}):
                removing.take(unit.path, span)
        else:
            # Without any such block Terraform would leave the policy in the account.
            removing.take(unit.path, inner.span, b"inline_policy {}")
    notes = tuple(_clear_documents(removing, located, folder))
    return removing.edits(), notes


def _without_gap(raw: bytes, cut: _Cut) -> Span:
    """Take the blank line behind lines that go, where one stands before them, or nothing does."""
    start, end = cut.span.start, cut.span.end
    lead = raw[:start].replace(b"\r\n", b"\n")
    is_lines = not cut.new and raw[end - 1 : end] == b"\n" and (not lead or lead.endswith(b"\n\n"))
    after = line_end(raw, end)
    return Span(start, after) if is_lines and end < len(raw) and not raw[end:after].strip() else cut.span
