"""Edits the lists that an element of a statement is put together of, where they stand elsewhere: in a local that nothing else uses, in arguments of `concat`.

Source: Terraform language, "Local Values", functions `concat`, `flatten`, `distinct`, `toset`, `tolist`, `compact`, `sort`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from setsquare.powers.iam.infrastructure.hcl import Call, Expression, NotHcl, expression_at
from setsquare.powers.iam.infrastructure.nodes import Dialect, ListNode, TextNode
from setsquare.powers.iam.infrastructure.statement_editing import Refusal, words_in_list
from setsquare.powers.iam.infrastructure.terraform_module import REFERENCE_TO_LOCAL
from setsquare.powers.iam.infrastructure.terraform_places import FolderCode, code_of
from setsquare.powers.iam.infrastructure.terraform_uses import occurrences
from setsquare.text.paths import RelPath, parent
from setsquare.text.span import Edit, Span, apply_edits

_JOINING = frozenset({"concat", "flatten", "distinct", "toset", "tolist", "compact", "sort"})
_LIMIT_DEPTH = 6


class WordList(Struct, frozen=True):
    """A list of literal words in a file."""

    path: RelPath
    value: ListNode

    @property
    def words(self) -> tuple[str, ...]:
        """Give its words."""
        return tuple([item.value for item in self.value.items if isinstance(item, TextNode)])


def word_list_edits(
    files: Mapping[RelPath, bytes], place: tuple[RelPath, TextNode], old: Sequence[str], new: Sequence[str], *, has_case: bool
) -> dict[RelPath, list[Edit]]:
    """Give the edits that leave exactly the new words in what an expression is put together of; `place` is the file and the expression.

    Raises:
        Refusal: a part of it is no literal list, is used elsewhere too, or they do not hold the old words.
    """
    path, node = place
    code = code_of(files, parent(path))
    lists = tuple(_lists(files, code, path, node, 0))

    def key(word: str) -> str:
        return word if has_case else word.lower()

    if {key(word) for each in lists for word in each.words} != {key(word) for word in old}:
        raise Refusal(node.span.start, f"what {node.value[:80]} lists is not what the account has")
    left = {key(word): word for word in new}
    edits: dict[RelPath, list[Edit]] = {}
    for each in lists:
        kept = [word for word in each.words if key(word) in left]
        for word in kept:
            left.pop(key(word))
        is_last = each is lists[-1]
        wanted = (*kept, *(word for word in left.values() if is_last))
        if wanted != each.words:
            raw = code.raws[each.path]
            made = [Edit(each.value.span, b"[]")] if not wanted else words_in_list(raw, Dialect.HCL, each.value, wanted, has_case=has_case)
            _proven(raw, each, made, wanted)
            edits.setdefault(each.path, []).extend(made)
    return edits


def _proven(raw: bytes, each: WordList, edits: Sequence[Edit], wanted: Sequence[str]) -> None:
    """Read the edited list again."""
    start, end = each.value.span.start, each.value.span.end
    text = apply_edits(raw[start:end], [Edit(Span(one.span.start - start, one.span.end - start), one.new) for one in edits])
    value = expression_at(text, Span(0, len(text)))
    if not isinstance(value, ListNode) or sorted(WordList(each.path, value).words) != sorted(wanted) or len(value.items) != len(wanted):
        raise Refusal(start, "the edited list would not say what was meant")


def _lists(files: Mapping[RelPath, bytes], code: FolderCode, path: RelPath, value: Expression, depth: int) -> Iterator[WordList]:
    """Follow an expression to the literal lists that it is put together of."""
    shown = value.value if isinstance(value, TextNode) else "it"
    if isinstance(value, ListNode) and all(isinstance(item, TextNode) and not item.is_open for item in value.items):
        yield WordList(path, value)
        return
    if depth < _LIMIT_DEPTH and isinstance(value, TextNode) and value.is_whole:
        named = REFERENCE_TO_LOCAL.match(value.value)
        if named:
            yield from _local(files, code, named["name"], value, depth)
            return
        try:
            value = expression_at(code.raws[path], value.span)
        except NotHcl as error:
            raise Refusal(error.start, error.reason) from None
    if depth < _LIMIT_DEPTH and isinstance(value, Call) and value.name in _JOINING:
        arguments = value.arguments
        if value.name == "flatten" and len(arguments) == 1 and isinstance(arguments[0], ListNode):
            arguments = arguments[0].items
        for argument in arguments:
            yield from _lists(files, code, path, argument, depth + 1)
        return
    raise Refusal(value.span.start, f"{shown[:80]} is known to the language's engine alone")


def _local(files: Mapping[RelPath, bytes], code: FolderCode, name: str, value: TextNode, depth: int) -> Iterator[WordList]:
    """Follow a local that stands in one place and is used in one."""
    uses = tuple(occurrences(code.raws, f"local.{name}"))
    others = [
        path
        for path, raw in files.items()
        if parent(path) in {parent(each) for each in code.raws}
        and path.endswith((".tf.json", ".tofu", ".tofu.json"))
        and name.encode() in raw
    ]
    if len(uses) != 1 or others:
        raise Refusal(value.span.start, f"local.{name} is used elsewhere too, which would change")
    homes = [(path, each.value) for path, block in code.each() if block.type == "locals" for each in block.attributes if each.name == name]
    if len(homes) != 1:
        raise Refusal(value.span.start, f"local.{name} does not stand in this folder")
    yield from _lists(files, code, homes[0][0], homes[0][1], depth + 1)
