"""Writes a narrowed policy into the code that it came from: the words that go are taken out, and every other byte of the file stays.

What cannot be done without a guess is refused in words. The edited file is read again: only when it says what was meant is the plan given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from setsquare.powers.iam.infrastructure.comparing import pairs_with
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
from setsquare.powers.iam.infrastructure.model import SourcePolicy
from setsquare.powers.iam.infrastructure.nodes import Dialect, Field, ListNode, Located, MapNode, Node, TextNode, words_of
from setsquare.powers.iam.infrastructure.reading import found_in
from setsquare.powers.iam.infrastructure.writing import listed, written
from setsquare.powers.iam.policy.document import Policy, Statement
from setsquare.text.paths import RelPath
from setsquare.text.plan import FileChange, Plan, digest
from setsquare.text.span import Edit, Span, apply_edits


class CannotEdit(Struct, frozen=True):
    """Why a policy cannot be edited where it stands, and what a person can do."""

    path: RelPath
    line: int
    reason: str
    mend: str = "Edit it by hand."


class _Refusal(Exception):
    """Why one of the steps cannot be done."""

    def __init__(self, start: int, reason: str) -> None:
        super().__init__(reason)
        self.start = start
        self.reason = reason


# req: iam-autopilot/6.1
def edited(files: Mapping[RelPath, bytes], source: SourcePolicy, before: Policy, after: Policy) -> Plan | CannotEdit:
    """Plan the edits of one file that make `after` of the policy; `before` is the policy as the account has it.

    The source must say the same as `before`, apart from what only the language's engine knows.
    """
    raw = files[source.path]
    located = _same(files, source)
    if located is None:
        return CannotEdit(source.path, 1, "the policy does not stand there any more", "Analyse the role again.")
    try:
        edits = tuple(_edits(raw, located, before, after))
        changed = apply_edits(raw, edits)
    except _Refusal as refusal:
        return CannotEdit(source.path, _line(raw, refusal.start), refusal.reason)
    except ValueError:
        return CannotEdit(source.path, _line(raw, source.span.start), "its parts are too entangled to be edited one by one")
    wrong = _misread(files, source, changed, after)
    if wrong:
        return CannotEdit(source.path, _line(raw, source.span.start), f"the edited text would not say what was meant: {wrong}")
    title = f"narrow {source.address or source.name or source.path}"
    return Plan(title, (FileChange(source.path, digest(raw), edits),) if edits else ())


def _same(files: Mapping[RelPath, bytes], source: SourcePolicy) -> Located | None:
    """Find a policy again."""
    return next((each for each in found_in(files).located if each.source == source), None)


def _misread(files: Mapping[RelPath, bytes], source: SourcePolicy, changed: bytes, after: Policy) -> str:
    """Read the edited file; say how it differs from what was meant."""
    key = (source.path, source.form, source.owner, source.name, source.address, source.span.start, source.is_boundary)
    for each in found_in({**files, source.path: changed}).located:
        found = each.source
        if (found.path, found.form, found.owner, found.name, found.address, found.span.start, found.is_boundary) == key:
            pairs = pairs_with(each, after)
            return pairs if isinstance(pairs, str) else ""
    return "no policy is found there"


def _edits(raw: bytes, located: Located, before: Policy, after: Policy) -> Iterator[Edit]:
    """Give the edits of a policy."""
    if located.dialect is Dialect.SEALED:
        raise _Refusal(located.source.span.start, "it is written as JSON inside a quoted string")
    pairs = pairs_with(located, before)
    if isinstance(pairs, str):
        raise _Refusal(located.source.span.start, f"it is not what the role has: {pairs}")
    places = {pair: index for index, pair in enumerate(pairs)}
    groups: dict[int, list[Statement]] = {}
    for statement, origin in _origins(located, before, after):
        groups.setdefault(places[origin.index], []).append(statement)
    nodes = located.statements
    gone = {index for index in range(len(nodes)) if index not in groups}
    if len(gone) == len(nodes):
        raise _Refusal(located.source.span.start, "no statement of it is needed any more")
    yield from cuts(_statement_cuts(raw, located, gone))
    for index, statements in groups.items():
        origin = before.statements[pairs[index]]
        node = nodes[index]
        if not isinstance(node, MapNode):
            raise _Refusal(node.span.start, "a statement is not written as one")
        shaped = [_statement_edits(raw, located, node, origin, each) for each in statements]
        yield from shaped[0]
        if len(shaped) > 1:
            yield from _copies(raw, located, node, shaped[1:])


def _origins(located: Located, before: Policy, after: Policy) -> Iterator[tuple[Statement, Statement]]:
    """Say of each new statement which old one it narrows."""
    olds = [replace(each, index=index) for index, each in enumerate(before.statements)]
    free = {each.index for each in olds}
    waiting: list[Statement] = []
    for new in after.statements:
        same = next((old for old in olds if old.index in free and _frame(old, new, is_whole=True)), None)
        if same is None:
            waiting.append(new)
        else:
            free.discard(same.index)
            yield new, same
    for new in waiting:
        fitting = [old for old in olds if _frame(old, new)] or [old for old in olds if _frame(old, new, has_resources=False)]
        if not fitting:
            raise _Refusal(located.source.span.start, "a new statement is no part of an old one")
        ranked = [(old.index not in free, old.sid != new.sid, -len(_shared(old, new)), old.index) for old in fitting]
        best = fitting[ranked.index(min(ranked))]
        free.discard(best.index)
        yield new, best


def _frame(old: Statement, new: Statement, *, is_whole: bool = False, has_resources: bool = True) -> bool:
    """Tell whether two statements differ in nothing but words of actions (and of resources, or in nothing at all)."""
    same = (old.effect, old.conditions, old.principals, old.not_principals, old.not_resources) == (
        new.effect,
        new.conditions,
        new.principals,
        new.not_principals,
        new.not_resources,
    )
    if is_whole:
        return same and (old.sid, old.actions, old.not_actions, old.resources) == (new.sid, new.actions, new.not_actions, new.resources)
    return same and (not has_resources or old.resources == new.resources)


def _shared(old: Statement, new: Statement) -> set[str]:
    return {word.lower() for word in old.actions or ()} & {word.lower() for word in new.actions or ()}


def _statement_cuts(raw: bytes, located: Located, gone: set[int]) -> Iterator[Span]:
    spans = [node.span for node in located.statements]
    value = located.root.value("Statement")
    if not gone:
        return
    if isinstance(value, ListNode) and value.is_block:
        yield from (block_cuts if located.dialect is Dialect.BLOCKS else line_cuts)(raw, spans, gone)
        return
    yield from bracketed_cuts(raw, spans, gone)


def _statement_edits(raw: bytes, located: Located, node: MapNode, old: Statement, new: Statement) -> list[Edit]:
    """Give the edits that make a new statement of an old one."""
    edits: list[Edit] = []
    if old.sid != new.sid:
        sid = node.field("Sid")
        if sid is None or not isinstance(sid.value, TextNode) or sid.value.is_open:
            raise _Refusal(node.span.start, "a Sid would have to be changed that is not written there")
        edits.append(Edit(sid.value.span, written(new.sid, located.dialect, raw[sid.value.span.start : sid.value.span.end])))
    actions = node.field("NotAction" if old.not_actions is not None else "Action")
    if actions is not None and (old.actions, old.not_actions) != (new.actions, new.not_actions):
        if old.not_actions is not None and new.actions is not None:
            edits.append(_renamed(raw, actions, located.dialect))
        kept = new.actions if new.actions is not None else new.not_actions or ()
        edits += _word_edits(raw, located, actions, kept, has_case=False)
        edits = fitted(raw, located.dialect, node, actions, edits, _step(indent(raw, actions.key_span.start), raw, located))
    resources = node.field("Resource")
    if resources is not None and old.resources != new.resources:
        edits += _word_edits(raw, located, resources, new.resources or (), has_case=True)
        edits = fitted(raw, located.dialect, node, resources, edits, _step(indent(raw, resources.key_span.start), raw, located))
    return edits


def _renamed(raw: bytes, field: Field, dialect: Dialect) -> Edit:
    """Make `Action` of `NotAction`, with its quotes; in HCL as wide as it was, so that the signs stay below each other."""
    quote = raw[field.key_span.start : field.key_span.start + 1]
    quoted = quote if quote in (b'"', b"'") else b""
    name = b"actions" if dialect is Dialect.BLOCKS else b"Action"
    text = quoted + name + quoted
    return Edit(field.key_span, text.ljust(len(field.key_span)) if dialect in {Dialect.HCL, Dialect.BLOCKS} else text)


def _word_edits(raw: bytes, located: Located, field: Field, words: tuple[str, ...], *, has_case: bool) -> list[Edit]:
    """Give the edits that leave exactly these words in an element."""
    value, written_words = field.value, words_of(field.value)
    unsure = next((each for each in written_words if each.is_open), None)
    if unsure is not None or (isinstance(value, ListNode) and len(written_words) != len(value.items)):
        shown = unsure.value[:80] if unsure else "a value"
        raise _Refusal(value.span.start, f"{field.key} holds {shown}, which only the language's engine can resolve")
    if not isinstance(value, ListNode):
        return [_for_one(raw, located, field, words)]
    keys = {word if has_case else word.lower(): word for word in words}
    seen: set[str] = set()
    gone: list[int] = []
    for index, each in enumerate(written_words):
        key = each.value if has_case else each.value.lower()
        if key not in keys or key in seen:
            gone.append(index)
        seen.add(key)
    added = [word for key, word in keys.items() if key not in seen]
    return _in_list(raw, located.dialect, value, gone, added)


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


def _for_one(raw: bytes, located: Located, field: Field, words: tuple[str, ...]) -> Edit:
    """Put one or several words where one stood without a list."""
    value, dialect = field.value, located.dialect
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
    deeper = newline(raw) + inner + _step(inner, raw, located)
    text = b"[" + b",".join(deeper + written(word, dialect, like) for word in words) + newline(raw) + inner + b"]"
    return Edit(value.span, text)


def _step(inner: bytes, raw: bytes, located: Located) -> bytes:
    """Give what one level of the file is indented by."""
    outer = indent(raw, located.statements[0].span.start)
    step = inner.removeprefix(outer) if inner.startswith(outer) else b""
    return step or (b"\t" if b"\t" in inner else b"  ")


def _copies(raw: bytes, located: Located, node: MapNode, shaped: list[list[Edit]]) -> Iterator[Edit]:
    """Put more statements behind one: copies of its text, each with its own edits."""
    start, end = node.span.start, node.span.end
    texts = [
        apply_edits(raw[start:end], [Edit(Span(each.span.start - start, each.span.end - start), each.new) for each in edits])
        for edits in shaped
    ]
    value: Node | None = located.root.value("Statement")
    margin = newline(raw) + indent(raw, start)
    if not isinstance(value, ListNode):
        if located.dialect is Dialect.YAML:
            raise _Refusal(start, "its one statement would become several")
        yield Edit(Span(start, start), b"[")
        yield Edit(Span(end, end), b"".join(b", " + text for text in texts) + b"]")
    elif located.dialect is Dialect.BLOCKS:
        yield Edit(Span(end, end), b"".join(newline(raw) + margin + text for text in texts))
    elif value.is_block:
        at = line_end(raw, end)
        tail = newline(raw) if raw[at - 1 : at] == b"\n" else b""
        lead = b"" if tail else newline(raw)
        yield Edit(Span(at, at), b"".join(lead + indent(raw, start) + b"- " + text + tail for text in texts))
    else:
        glue = b"," + margin if stands_alone(raw, node.span) else b", "
        yield Edit(Span(end, end), b"".join(glue + text for text in texts))


def _line(raw: bytes, start: int) -> int:
    return raw.count(b"\n", 0, start) + 1
