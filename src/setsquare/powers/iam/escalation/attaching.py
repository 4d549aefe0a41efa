"""Finds the documents of the managed policies that code attaches by name: AWS's own from the table, the code's own from the code; what is left is named."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate, islice

from msgspec import Struct

from setsquare.powers.iam.escalation.aws_policies import AwsPolicies, aws_name
from setsquare.powers.iam.escalation.code import Attachment, Code, named_in
from setsquare.powers.iam.evaluation.request import NamedPolicy
from setsquare.powers.iam.infrastructure.model import SourcePolicy
from setsquare.powers.iam.infrastructure.reading import LIMIT_BYTES
from setsquare.text.paths import RelPath, parent

_MARK = b":iam::aws:policy/"
_MOST_NAMES = 2_000
_RECORDS = (b'"eventSource"', b'DetailList"')


class Hung(Struct, frozen=True, kw_only=True):
    """A policy that an attachment hangs on somebody; `own` is that of the code which it is, `None` for AWS's."""

    attachment: Attachment
    policy: NamedPolicy
    own: SourcePolicy | None = None
    line: int = 0


class Attached(Struct, frozen=True):
    """What hangs on whom, and what is attached without anybody knowing what it grants."""

    hung: tuple[Hung, ...] = ()
    unknown: tuple[str, ...] = ()


def attached(code: Code, policies: Iterable[SourcePolicy], files: Mapping[RelPath, bytes], aws: AwsPolicies) -> Attached:
    """Find what each attachment grants; names of AWS's policies that stand elsewhere in the files are attachments to nobody known.

    >>> attached(Code(), (), {RelPath("a.tf"): b'x = "arn:aws:iam::aws:policy/NewAccess"'}, AwsPolicies(dated="2026-01-01")).unknown
    ("a.tf: what AWS's policy NewAccess grants is not known: the table of 2026-01-01 lacks it",)
    """
    own, lines = _Own(tuple(policies)), _Lines(files)
    hung: list[Hung] = []
    unknown: list[str] = []
    for each in (*code.attachments, *_elsewhere(files, code, own.policies)):
        found = _found(each, own, aws)
        if isinstance(found, str):
            place = f"{each.path} ({each.place})" if each.place else each.path
            unknown.append(f"{place}: {found}")
        elif found is not None:
            policy, source = found
            hung.append(Hung(attachment=each, policy=policy, own=source, line=lines.of(each.path, each.start)))
    return Attached(tuple(hung), tuple(dict.fromkeys(unknown)))


class _Lines:
    """The lines of files, counted once."""

    def __init__(self, files: Mapping[RelPath, bytes]) -> None:
        self._files = files
        self._ends: dict[RelPath, list[int]] = {}

    def of(self, path: RelPath, start: int) -> int:
        """Give the line of a place, from 1."""
        if path not in self._ends:
            self._ends[path] = list(accumulate(len(line) for line in self._files[path].split(b"\n")))
        # Each end lacks the line breaks before it.
        ends = self._ends[path]
        return bisect_left(range(len(ends)), start, key=lambda at: ends[at] + at) + 1


class _Own:
    """The policies of the code, by what attachments call them."""

    def __init__(self, policies: tuple[SourcePolicy, ...]) -> None:
        self.policies = policies
        self._by_address: dict[str, list[SourcePolicy]] = {}
        self._by_name: dict[str, SourcePolicy] = {}
        for each in policies:
            if not each.is_trust:
                self._by_address.setdefault(each.address, []).append(each)
                self._by_name.setdefault(each.name, each)

    def at(self, each: Attachment) -> SourcePolicy | None:
        """Give the policy of an address; its words may stand in another folder."""
        found = self._by_address.get(each.address, [])
        near = [policy for policy in found if parent(policy.path) == parent(each.path)]
        return near[0] if near else found[0] if len({policy.path for policy in found}) == 1 else None

    def named(self, name: str) -> SourcePolicy | None:
        """Give the policy of a name."""
        return self._by_name.get(name) if name else None


def _found(each: Attachment, own: _Own, aws: AwsPolicies) -> tuple[NamedPolicy, SourcePolicy | None] | str | None:
    """Give the policy of an attachment, or why it is not known; nothing for one of the code's own, of which the reading of policies tells what is wrong."""
    source = own.at(each) if each.address else None
    if each.address and source is None:
        return None
    name = "" if each.address or each.is_open else each.word if each.is_name else aws_name(each.word)
    if source is None and (each.is_name or not name) and not each.is_open:
        source = own.named(each.word.rpartition("/")[2])
    if source is not None:
        return NamedPolicy(name_of(source), source.policy), source
    document = aws.named(name) if name else None
    if document is not None:
        return NamedPolicy(name, document), None
    if name:
        return aws.unknown(name) + ("; the boundary is taken for none" if each.is_boundary else "")
    what = "the boundary is taken for none" if each.is_boundary else "what is attached is not known"
    return f"{what}: {f'{each.word} is known to the engine alone' if each.is_open else f'the document of {each.word} is not in the code'}"


def _elsewhere(files: Mapping[RelPath, bytes], code: Code, policies: tuple[SourcePolicy, ...]) -> Iterator[Attachment]:
    """Find AWS's policies in texts that were not understood as attachments; what stands inside of a policy attaches nothing."""
    spans: dict[RelPath, list[tuple[int, int]]] = {path: list(known) for path, known in code.spans.items()}
    for each in policies:
        spans.setdefault(each.path, []).append((each.span.start, each.span.end))
    for path, raw in sorted(files.items()):
        # Trails and an account's details, kept beside the code, tell what was; they attach nothing.
        if _MARK not in raw or len(raw) > LIMIT_BYTES or any(word in raw for word in _RECORDS):
            continue
        text, known = raw.decode("latin-1"), spans.get(path, [])
        for name, at in islice(named_in(text, 0, len(text)), _MOST_NAMES):
            if not any(start <= at < end for start, end in known):
                module = next((label for start, end, label in code.modules.get(path, ()) if start <= at < end), "")
                word = f"arn:aws:iam::aws:policy/{name}"
                yield Attachment(path=path, start=at, scope=parent(path) if module else "", owner=module, word=word, place=module)


def name_of(source: SourcePolicy) -> str:
    """Name a policy of the code."""
    return source.name or source.address or source.path
