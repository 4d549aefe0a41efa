"""Writes a narrowed policy into the code that it came from: the words that go are taken out, and every other byte of the files stays.

What cannot be done without a guess is refused in words; a statement that cannot be edited stays as it is where the others can be. The edited files are read again: only
when they say what was meant, and every other policy says what it said, is the edit given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from setsquare.powers.iam.infrastructure.comparing import pairs_with
from setsquare.powers.iam.infrastructure.model import SourcePolicy
from setsquare.powers.iam.infrastructure.nodes import Dialect, Found, Located, Loose, MapNode, Part, TextNode
from setsquare.powers.iam.infrastructure.quoted import outer_edits
from setsquare.powers.iam.infrastructure.reading import found_in
from setsquare.powers.iam.infrastructure.remembering import Known
from setsquare.powers.iam.infrastructure.reproving import misread
from setsquare.powers.iam.infrastructure.statement_editing import Refusal, copies, statement_cuts, statement_edits
from setsquare.powers.iam.infrastructure.terraform_word_lists import word_list_edits
from setsquare.powers.iam.infrastructure.yaml_anchors import repeating
from setsquare.powers.iam.policy.document import Policy, Statement
from setsquare.powers.iam.policy.patterns import covers, covers_action, overlaps_action
from setsquare.text.paths import RelPath
from setsquare.text.plan import FileChange, digest
from setsquare.text.span import Edit, Span, apply_edits

_ATTRIBUTES = {"Action": "actions", "Resource": "resources"}
_EDITED = frozenset({"Sid", "Action", "NotAction", "Resource"})


class CannotEdit(Struct, frozen=True):
    """Why a policy cannot be edited where it stands, and what a person can do."""

    path: RelPath
    line: int
    reason: str
    mend: str = "Edit it by hand."


class Edited(Struct, frozen=True):
    """The edits that narrow a policy; `after` is what it says then, `notes` say of statements why they stay as they are, `found` is what the files say then."""

    title: str
    changes: tuple[FileChange, ...]
    after: Policy
    notes: tuple[str, ...] = ()
    found: Found | None = None


# req: iam-autopilot/6.1
def edited(
    files: Mapping[RelPath, bytes],
    source: SourcePolicy,
    before: Policy,
    after: Policy,
    found: Found | None = None,
    known: Known | None = None,
) -> Edited | CannotEdit:
    """Plan the edits that make `after` of the policy; `before` is the policy as the account has it, `found` what was read of the files, if it was.

    `known` remembers what single files say.

    The source must say the same as `before`, apart from what only the language's engine knows.
    """
    everything = found or found_in(files)
    located = next((each for each in everything.located if each.source == source), None)
    if located is None:
        return CannotEdit(source.path, 1, "the policy does not stand there any more", "Analyse the role again.")
    pairs = pairs_with(located, before)
    if isinstance(pairs, str):
        return CannotEdit(source.path, line_of(files, source.path, source.span.start), f"it is not what the role has: {pairs}")
    if not after.statements:
        return CannotEdit(source.path, line_of(files, source.path, source.span.start), "no statement of it is needed any more")
    work = _Work(files, everything, located, before, pairs)
    try:
        made = work.narrowed(after)
        contents = {path: apply_edits(files[path], edits) for path, edits in made.edits.items()}
    except Refusal as refusal:
        return CannotEdit(source.path, line_of(files, source.path, refusal.start), refusal.reason)
    except ValueError:
        return CannotEdit(
            source.path, line_of(files, source.path, source.span.start), "its parts are too entangled to be edited one by one"
        )
    if made.notes and not contents:
        return CannotEdit(source.path, line_of(files, source.path, source.span.start), "; ".join(made.notes))
    now = found_in({**files, **contents}, known=known) if contents else everything
    wrong = misread(now, everything, located, made.after) if contents else ""
    if wrong:
        return CannotEdit(
            source.path, line_of(files, source.path, source.span.start), f"the edited text would not say what was meant: {wrong}"
        )
    title = f"narrow {source.address or source.name or source.path}"
    changes = tuple([FileChange(path, digest(files[path]), tuple(edits)) for path, edits in sorted(made.edits.items())])
    return Edited(title, changes, made.after, made.notes, now)


class _Made(Struct, frozen=True):
    """What becomes of a policy: the edits of each file, what it says then, and why statements stay."""

    edits: Mapping[RelPath, Sequence[Edit]]
    after: Policy
    notes: tuple[str, ...]


class _Work(Struct, frozen=True):
    """One policy that is narrowed; `pairs` say of its statements which of `before` they are."""

    files: Mapping[RelPath, bytes]
    found: Found
    located: Located
    before: Policy
    pairs: tuple[int, ...]

    def narrowed(self, after: Policy) -> _Made:
        """Narrow every statement that can be; the others stay as they are.

        Raises:
            Refusal: something new would stand nowhere.
        """
        groups: dict[int, list[Statement]] = {index: [] for index in range(len(self.before.statements))}
        for statement, origin in _origins(self.located, self.before, after):
            groups[origin.index].append(statement)
        notes = {index: reason for index in groups if (reason := self._stays(index, groups[index]))}
        # A statement that cannot be edited is found by trying; those that fail stay, and the rest is done again without them.
        while True:
            for index in notes:
                groups[index] = self._kept(index, groups[index])
            failed = dict(self._failing(groups, notes))
            if not failed:
                break
            notes |= failed
        statements = tuple([each for index in sorted(groups) for each in groups[index]])
        told = tuple(dict.fromkeys(notes[index] for index in sorted(notes)))
        return _Made(self._edits(groups), replace(self.before, statements=statements), told)

    def _stays(self, index: int, news: Sequence[Statement]) -> str:
        """Say why a statement that would change cannot; empty where nothing is known against it."""
        old = self.before.statements[index]
        if [replace(each, index=index) for each in news] == [replace(old, index=index)]:
            return ""
        if index not in self.pairs:
            loose = next((each for each in self.located.loose), None)
            return _told(self.files, loose) if loose else "a statement of it is not written there"
        part, at = self._home(index)
        others = [each for each in self.found.located if each.source != self.located.source and _takes_in(each, part)]
        apart = {(each.source.address, each.source.path) for each in others} - {(self.located.source.address, self.located.source.path)}
        line = line_of(self.files, part.path, part.span.start)
        if part.also or apart:
            who = part.also or ", ".join(sorted(address or path for address, path in apart))
            return f"the statements at {part.path}:{line} stay as they are: {who} takes them in too"
        alias = self._repeating(news, part, at)
        if alias:
            at_line = line_of(self.files, part.path, part.statements[at].span.start)
            return f"the statement at {part.path}:{at_line} stays as it is: {alias}"
        if not news and self._overrides(part, at):
            return f"the statement at {part.path}:{line} stays as it is: without it the one of the same Sid that it replaces would hold"
        return ""

    def _repeating(self, news: Sequence[Statement], part: Part, at: int) -> str:
        """Say which alias of YAML repeats what would be edited of a statement."""
        node = part.statements[at]
        if part.dialect is not Dialect.YAML or not isinstance(node, MapNode):
            return ""
        fields = [each for each in node.fields if each.key in _EDITED]
        spans = [Span(node.span.start, node.span.start)] if len(news) == 1 else [node.span]
        return repeating(self.files[part.path], [*spans, *(each.value.span for each in fields)])

    def _overrides(self, part: Part, at: int) -> bool:
        """Tell whether a statement takes the place of one in another document."""
        node = part.statements[at]
        sid = node.value("Sid") if isinstance(node, MapNode) else None
        if not isinstance(sid, TextNode) or not sid.value:
            return False
        nodes = [each for other in self.located.parts if other is not part for each in other.statements if isinstance(each, MapNode)]
        return any(isinstance(value := each.value("Sid"), TextNode) and value.value == sid.value for each in nodes)

    def _kept(self, index: int, news: Sequence[Statement]) -> list[Statement]:
        """Keep a statement whole, if what was meant to stand in its place is part of it."""
        old = self.before.statements[index]
        if any(not _is_within(each, old) for each in news):
            raise Refusal(
                self.located.source.span.start, "what it would become holds words of another statement, which cannot be written there"
            )
        return [old]

    def _home(self, index: int) -> tuple[Part, int]:
        part, at = self.located.homes[self.pairs.index(index)]
        return self.located.parts[part], at

    def _failing(self, groups: Mapping[int, list[Statement]], notes: Mapping[int, str]) -> Iterator[tuple[int, str]]:
        """Find the statements that cannot be edited."""
        for index in self.pairs:
            if index < 0 or index in notes:
                continue
            part, at = self._home(index)
            raw = part.text_of(self.files[part.path])
            try:
                self._shaped(raw, part, at, index, groups[index])
                if not groups[index]:
                    tuple(statement_cuts(raw, part, {at}))
            except Refusal as refusal:
                start = part.inscribed.places[refusal.start] if part.inscribed else refusal.start
                yield index, f"the statement at {part.path}:{line_of(self.files, part.path, start)} stays as it is: {refusal.reason}"

    def _shaped(self, raw: bytes, part: Part, at: int, index: int, news: Sequence[Statement]) -> list[Edit]:
        """Give the edits of one statement that stays or becomes several."""
        node = part.statements[at]
        if not isinstance(node, MapNode):
            raise Refusal(node.span.start, "a statement is not written as one")
        old = self.before.statements[index]
        for key in self._apart(part, node, old, news):
            # These words stand elsewhere, and are edited there.
            old = replace(old, **{_ATTRIBUTES[key]: getattr(news[0], _ATTRIBUTES[key])})
        shaped = [statement_edits(raw, part, node, old, each) for each in news]
        return [*(shaped[0] if shaped else []), *(copies(raw, part, node, shaped[1:]) if len(shaped) > 1 else [])]

    def _apart(self, part: Part, node: MapNode, old: Statement, news: Sequence[Statement]) -> dict[str, dict[RelPath, list[Edit]]]:
        """Give the edits of elements whose words stand elsewhere, in lists that Terraform puts together, by the element."""
        made: dict[str, dict[RelPath, list[Edit]]] = {}
        if len(news) != 1 or part.inscribed or part.dialect not in {Dialect.HCL, Dialect.BLOCKS}:
            return made
        for key, attribute in _ATTRIBUTES.items():
            value = node.value(key)
            was: tuple[str, ...] | None = getattr(old, attribute)
            words: tuple[str, ...] | None = getattr(news[0], attribute)
            if isinstance(value, TextNode) and value.is_whole and was and words and was != words:
                try:
                    made[key] = word_list_edits(self.files, (part.path, value), was, words, has_case=key == "Resource")
                except Refusal as refusal:
                    # The place that is told is that of the statement, which may stand in another file.
                    raise Refusal(value.span.start, refusal.reason) from None
        return made

    def _edits(self, groups: Mapping[int, list[Statement]]) -> dict[RelPath, list[Edit]]:
        """Give the edits of all files."""
        edits: dict[RelPath, list[Edit]] = {}
        for number, part in enumerate(self.located.parts):
            raw = part.text_of(self.files[part.path])
            made: list[Edit] = []
            gone: set[int] = set()
            for index, (home, at) in zip(self.pairs, self.located.homes, strict=True):
                if home != number or index < 0:
                    continue
                if not groups[index]:
                    gone.add(at)
                made += self._shaped(raw, part, at, index, groups[index])
                node = part.statements[at]
                apart = self._apart(part, node, self.before.statements[index], groups[index]) if isinstance(node, MapNode) else {}
                for path, more in [each for one in apart.values() for each in one.items()]:
                    edits.setdefault(path, []).extend(more)
            made += statement_cuts(raw, part, gone)
            if made:
                edits.setdefault(part.path, []).extend(outer_edits(part.inscribed, made) if part.inscribed else made)
        return edits


def _takes_in(other: Located, part: Part) -> bool:
    """Tell whether another policy takes in the text of a part."""
    return any((each.path, each.span) == (part.path, part.span) for each in other.parts)


def _told(files: Mapping[RelPath, bytes], loose: Loose) -> str:
    return f"what stands at {loose.path}:{line_of(files, loose.path, loose.start)} stays as it is: {loose.reason}"


def _is_within(new: Statement, old: Statement) -> bool:
    """Tell whether a statement grants nothing that another of the same frame does not."""
    if any(not any(covers(wide, word) for wide in old.resources or ()) for word in new.resources or ()):
        return False
    if old.not_actions is not None:
        left = new.actions if new.actions is not None else ()
        is_same = new.actions is not None or set(old.not_actions) <= set(new.not_actions or ())
        return is_same and not any(overlaps_action(word, one) for word in old.not_actions for one in left)
    return new.actions is not None and all(any(covers_action(wide, word) for wide in old.actions or ()) for word in new.actions)


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
            raise Refusal(located.source.span.start, "a new statement is no part of an old one")
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


def line_of(files: Mapping[RelPath, bytes], path: RelPath, start: int) -> int:
    """Give the line of a place, from 1."""
    return files[path].count(b"\n", 0, start) + 1
