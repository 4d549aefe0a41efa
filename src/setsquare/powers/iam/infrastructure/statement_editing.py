"""Writes a narrowed statement where it stands: the words that go are taken out, and every other byte stays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from setsquare.powers.iam.infrastructure.list_edits import (
    block_cuts,
    bracketed_cuts,
    cuts,
    indent,
    line_cuts,
    line_end,
    newline,
    stands_alone,
)
from setsquare.powers.iam.infrastructure.long_lists import fitted
from setsquare.powers.iam.infrastructure.nodes import Dialect, Field, ListNode, MapNode, Node, Part, TextNode, words_of
from setsquare.powers.iam.infrastructure.writing import listed, written
from setsquare.powers.iam.policy.document import Statement
from setsquare.text.span import Edit, Span, apply_edits


class Refusal(Exception):
    """Why one of the steps cannot be done; `start` is a byte of the text that is edited."""

    def __init__(self, start: int, reason: str) -> None:
        """Take the place and the reason."""
        super().__init__(reason)
        self.start = start
        self.reason = reason


def statement_cuts(raw: bytes, part: Part, gone: set[int]) -> Iterator[Edit]:
    """Give the edits that take statements of a part away."""
    spans = [node.span for node in part.statements]
    value = part.root.value("Statement")
    if not gone:
        return
    if isinstance(value, ListNode) and value.is_block:
        if len(gone) == len(spans) and part.dialect is not Dialect.BLOCKS:
            yield Edit(_from_line(raw, value.span), b"[]")
        else:
            yield from cuts((block_cuts if part.dialect is Dialect.BLOCKS else line_cuts)(raw, spans, gone))
    elif not isinstance(value, ListNode):
        raise Refusal(part.root.span.start, "it is a statement of its own")
    elif len(gone) == len(spans):
        yield Edit(value.span, b"[]")
    else:
        yield from cuts(bracketed_cuts(raw, spans, gone))


def _from_line(raw: bytes, span: Span) -> Span:
    """Begin a list of lines where its key ends, so that brackets can take its place."""
    colon = raw.rfind(b":", 0, span.start)
    return Span(colon + 2 if raw[colon + 1 : colon + 2] == b" " else colon + 1, span.end)


def statement_edits(raw: bytes, part: Part, node: MapNode, old: Statement, new: Statement) -> list[Edit]:
    """Give the edits that make a new statement of an old one."""
    edits: list[Edit] = []
    if old.sid != new.sid:
        sid = node.field("Sid")
        if sid is None or not isinstance(sid.value, TextNode) or sid.value.is_open:
            raise Refusal(node.span.start, "a Sid would have to be changed that is not written there")
        edits.append(Edit(sid.value.span, written(new.sid, part.dialect, raw[sid.value.span.start : sid.value.span.end])))
    actions = node.field("NotAction" if old.not_actions is not None else "Action")
    if actions is not None and (old.actions, old.not_actions) != (new.actions, new.not_actions):
        if old.not_actions is not None and new.actions is not None:
            edits.append(_renamed(raw, actions, part.dialect))
        kept = new.actions if new.actions is not None else new.not_actions or ()
        edits += _word_edits(raw, part, actions, kept, has_case=False)
        edits = fitted(raw, part.dialect, node, actions, edits, _step(indent(raw, actions.key_span.start), raw, part))
    resources = node.field("Resource")
    if resources is not None and old.resources != new.resources:
        edits += _word_edits(raw, part, resources, new.resources or (), has_case=True)
        edits = fitted(raw, part.dialect, node, resources, edits, _step(indent(raw, resources.key_span.start), raw, part))
    return edits


def _renamed(raw: bytes, field: Field, dialect: Dialect) -> Edit:
    """Make `Action` of `NotAction`, with its quotes; in HCL as wide as it was, so that the signs stay below each other."""
    quote = raw[field.key_span.start : field.key_span.start + 1]
    quoted = quote if quote in (b'"', b"'") else b""
    name = b"actions" if dialect is Dialect.BLOCKS else b"Action"
    text = quoted + name + quoted
    return Edit(field.key_span, text.ljust(len(field.key_span)) if dialect in {Dialect.HCL, Dialect.BLOCKS} else text)


def _word_edits(raw: bytes, part: Part, field: Field, words: tuple[str, ...], *, has_case: bool) -> list[Edit]:
    """Give the edits that leave exactly these words in an element."""
    value, written_words = field.value, words_of(field.value)
    unsure = next((each for each in written_words if each.is_open), None)
    if unsure is not None or (isinstance(value, ListNode) and len(written_words) != len(value.items)):
        shown = unsure.value[:80] if unsure else "a value"
        raise Refusal(value.span.start, f"{field.key} holds {shown}, which only the language's engine can resolve")
    if not isinstance(value, ListNode):
        return [_for_one(raw, part, field, words)]
    return words_in_list(raw, part.dialect, value, words, has_case=has_case)


def words_in_list(raw: bytes, dialect: Dialect, value: ListNode, words: Sequence[str], *, has_case: bool) -> list[Edit]:
    """Give the edits that leave exactly these words in a list of literal words; one of them at least stays."""
    written_words = words_of(value)
    keys = {word if has_case else word.lower(): word for word in words}
    seen: set[str] = set()
    gone: list[int] = []
    for index, each in enumerate(written_words):
        key = each.value if has_case else each.value.lower()
        if key not in keys or key in seen:
            gone.append(index)
        seen.add(key)
    added = [word for key, word in keys.items() if key not in seen]
    return _in_list(raw, dialect, value, gone, added)


def _in_list(raw: bytes, dialect: Dialect, value: ListNode, gone: list[int], added: list[str]) -> list[Edit]:
    """Put new words in the place of those that go, as far as there are any; the others are cut or put behind them."""
    spans = [item.span for item in value.items]
    like = raw[spans[0].start : spans[0].end]
    texts = [written(word, dialect, like) for word in added]
    replaced = dict(zip(gone, texts, strict=False))
    cut = gone[len(replaced) :]
    kept = [index for index in range(len(spans)) if index not in cut]
    edits = cuts((line_cuts if value.is_block else bracketed_cuts)(raw, spans, cut)) if cut else []
    edits += [Edit(spans[index], text) for index, text in replaced.items()]
    more = texts[len(replaced) :]
    if more:
        edits = _with_more(raw, value, spans[kept[-1]], replaced.get(kept[-1]), more, edits)
    return edits


def _with_more(raw: bytes, value: ListNode, last: Span, replacing: bytes | None, more: list[bytes], edits: list[Edit]) -> list[Edit]:
    """Put words behind the last one that stays."""
    between = newline(raw) + indent(raw, last.start)
    if value.is_block:
        return (
            [*edits, Edit(Span(last.end, last.end), b"".join(between + b"- " + text for text in more))]
            if replacing is None
            else [
                *[each for each in edits if each.span != last],
                Edit(last, replacing + b"".join(between + b"- " + text for text in more)),
            ]
        )
    glue = b"," + between if stands_alone(raw, last) else b", "
    text = b"".join(glue + each for each in more)
    if replacing is None:
        return [*edits, Edit(Span(last.end, last.end), text)]
    return [*[each for each in edits if each.span != last], Edit(last, replacing + text)]


def _for_one(raw: bytes, part: Part, field: Field, words: tuple[str, ...]) -> Edit:
    """Put one or several words where one stood without a list."""
    value, dialect = field.value, part.dialect
    like = raw[value.span.start : value.span.end]
    if len(words) == 1 and dialect is not Dialect.BLOCKS:
        return Edit(value.span, written(words[0], dialect, like))
    if dialect in {Dialect.HCL, Dialect.BLOCKS} or not stands_alone(raw, field.key_span):
        return Edit(value.span, listed(words, dialect, like))
    if dialect is Dialect.YAML and raw[field.key_span.start : field.key_span.start + 1] != b'"':
        start = newline(raw) + b" " * (field.key_span.start - raw.rfind(b"\n", 0, field.key_span.start) - 1) + b"  - "
        gap = raw[field.key_span.end : value.span.start]
        return Edit(
            Span(field.key_span.end + gap.find(b":") + 1, value.span.end), b"".join(start + written(word, dialect, like) for word in words)
        )
    inner = indent(raw, field.key_span.start)
    deeper = newline(raw) + inner + _step(inner, raw, part)
    text = b"[" + b",".join(deeper + written(word, dialect, like) for word in words) + newline(raw) + inner + b"]"
    return Edit(value.span, text)


def _step(inner: bytes, raw: bytes, part: Part) -> bytes:
    """Give what one level of the file is indented by."""
    outer = indent(raw, part.statements[0].span.start)
    step = inner.removeprefix(outer) if inner.startswith(outer) else b""
    return step or (b"\t" if b"\t" in inner else b"  ")


def copies(raw: bytes, part: Part, node: MapNode, shaped: list[list[Edit]]) -> Iterator[Edit]:
    """Put more statements behind one: copies of its text, each with its own edits."""
    start, end = node.span.start, node.span.end
    texts = [
        apply_edits(raw[start:end], [Edit(Span(each.span.start - start, each.span.end - start), each.new) for each in edits])
        for edits in shaped
    ]
    value: Node | None = part.root.value("Statement")
    margin = newline(raw) + indent(raw, start)
    if not isinstance(value, ListNode):
        if part.dialect is Dialect.YAML:
            raise Refusal(start, "its one statement would become several")
        yield Edit(Span(start, start), b"[")
        yield Edit(Span(end, end), b"".join(b", " + text for text in texts) + b"]")
    elif part.dialect is Dialect.BLOCKS:
        yield Edit(Span(end, end), b"".join(newline(raw) + margin + text for text in texts))
    elif value.is_block:
        at = line_end(raw, end)
        tail = newline(raw) if raw[at - 1 : at] == b"\n" else b""
        lead = b"" if tail else newline(raw)
        yield Edit(Span(at, at), b"".join(lead + indent(raw, start) + b"- " + text + tail for text in texts))
    else:
        glue = b"," + margin if stands_alone(raw, node.span) else b", "
        yield Edit(Span(end, end), b"".join(glue + text for text in texts))
