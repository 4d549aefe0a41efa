"""Judges whether an audit log is as it was written, and says where it is not."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from msgspec import Struct

from setsquare.events.audit import AuditAction, AuditEntry, Head, decode_audit, log_name
from setsquare.text.plan import digest

CLOCK_S = 2.0
"""So many seconds may a clock be set back without being told, as time services do."""

_ANCHOR = re.compile(r"([0-9a-f]{16})/(\d{1,12})/(sha256:[0-9a-f]{64})")
_DIGEST = re.compile(r"(?:sha256:)?[0-9a-f]{16,64}")


class BreakKind(enum.Enum):
    """How a log is not as it was written."""

    EDITED = "edited"
    DELETED = "deleted"
    REORDERED = "reordered"
    FORKED = "forked"
    TRUNCATED = "truncated"
    REPLACED = "replaced"
    CLOCK = "clock-went-back"


class Break(Struct, frozen=True, kw_only=True):
    """One place where a log is broken: the number of the first entry that it concerns, and what is wrong."""

    kind: BreakKind
    seq: int
    text: str


class Anchor(Struct, frozen=True, kw_only=True):
    """An entry's digest, kept outside of the log: `log` says which log, `place` on which machine and for which workspace it is kept, if known."""

    log: str
    seq: int
    digest: str
    place: str = ""
    by: str = ""
    at: str = ""

    @property
    def text(self) -> str:
        """Write it on one line.

        >>> Anchor(log="e3b0c44298fc1c14", seq=3, digest="sha256:ab").text
        'e3b0c44298fc1c14/3/sha256:ab'
        """
        return f"{self.log}/{self.seq}/{self.digest}"


class AuditLog(Struct, frozen=True, kw_only=True):
    """A log as it stands: its bytes, the head beside it (`None` when there is none that can be read), where it is kept.

    `late` counts what was done and could not be recorded yet.
    """

    raw: bytes = b""
    head: Head | None = None
    place: str = ""
    late: int = 0

    @property
    def lines(self) -> list[bytes]:
        r"""Give the whole lines.

        >>> AuditLog(raw=b"a\nb\ncut").lines
        [b'a', b'b']
        """
        return self.raw.split(b"\n")[:-1]

    @property
    def name(self) -> str:
        """Name the log by its first line; empty for an empty one."""
        lines = self.lines
        return log_name(lines[0]) if lines else ""


class Verdict(Struct, frozen=True, kw_only=True):
    """What a log is worth: `breaks` in order, the first place first; `notes` are what is odd and harmless, or was explained by a person."""

    log: str
    entries: int
    head: str
    breaks: tuple[Break, ...] = ()
    notes: tuple[str, ...] = ()


class _Line(Struct, frozen=True):
    digest: str
    entry: AuditEntry | None


def read_anchor(text: str) -> Anchor | None:
    """Read an anchor as `audit anchor` prints it; `None` when it is none.

    >>> read_anchor("e3b0c44298fc1c14/3/sha256:" + "0" * 64).seq, read_anchor("x")
    (3, None)
    """
    found = _ANCHOR.fullmatch(text.strip())
    return Anchor(log=found[1], seq=int(found[2]), digest=found[3]) if found else None


def is_expectation(text: str) -> bool:
    """Tell whether a text can name an entry: an anchor, or a digest of which at least 16 digits are given.

    >>> is_expectation("sha256:" + "a" * 64), is_expectation("abc")
    (True, False)
    """
    return read_anchor(text) is not None or _DIGEST.fullmatch(text) is not None


def judged(log: AuditLog, anchors: Iterable[Anchor] = (), expect: str = "") -> Verdict:
    """Hold a log against its own chain, its head, the anchors that were kept elsewhere, and a digest that somebody expects in it."""
    lines = [_Line(digest(raw), decode_audit(raw)) for raw in log.lines]
    own, said, notes = _own_words(lines)
    clock, explained = _times(lines, said)
    last = _last(lines)
    end = gap(last, log.head)
    found = [*_chain(lines), *own, *clock, *_anchored(lines, log, anchors), *_expected(lines, log, expect), *((end,) if end else ())]
    if log.raw and not log.raw.endswith(b"\n"):
        notes.append("the last line was cut off in the middle; the next entry mends that")
    if log.head is not None and last is not None and end is None and log.head.seq < last.seq:
        notes.append("the head names the entry before the last one: the program was ended between the two")
    if log.late:
        notes.append(f"{log.late} that could not be recorded at its time waits for the next entry")
    breaks = tuple(sorted(dict.fromkeys(found), key=lambda each: each.seq))
    return Verdict(log=log.name, entries=len(lines), head=lines[-1].digest if lines else "", breaks=breaks, notes=(*notes, *explained))


class Last(Struct, frozen=True):
    """The last entry of a log: its number, the digest of its line, and that of the line before."""

    seq: int
    digest: str
    prev: str


def gap(last: Last | None, head: Head | None) -> Break | None:
    """Say what is wrong between the last entry (`None` for an empty log) and the head.

    A head that names the entry before is that of a program that was ended between the two.

    >>> gap(Last(3, "sha256:c", "sha256:b"), Head(seq=5, digest="sha256:e", log="")).text
    'entries 4 to 5 are missing at the end'
    >>> gap(Last(3, "sha256:c", "sha256:b"), Head(seq=2, digest="sha256:b", log="")), gap(None, None)
    (None, None)
    """
    if last is None:
        return Break(kind=BreakKind.TRUNCATED, seq=1, text=f"all {head.seq} entries are gone") if head is not None and head.seq else None
    seq = last.seq
    if head is None:
        return Break(kind=BreakKind.TRUNCATED, seq=seq + 1, text="the head beside the log is gone, so entries may be missing at the end")
    if head.seq > seq:
        which = f"entry {head.seq} is" if head.seq == seq + 1 else f"entries {seq + 1} to {head.seq} are"
        return Break(kind=BreakKind.TRUNCATED, seq=seq + 1, text=f"{which} missing at the end")
    if head.seq == seq and head.digest != last.digest:
        return Break(kind=BreakKind.EDITED, seq=seq, text=f"entry {seq} is not what the head says was written")
    if head.seq == seq - 1 and head.digest != last.prev:
        return Break(kind=BreakKind.FORKED, seq=head.seq, text=f"entry {head.seq} is not the one that the head says was written")
    if head.seq < seq - 1:
        return Break(
            kind=BreakKind.FORKED, seq=head.seq + 1, text=f"the head ends at entry {head.seq}, and others follow that it does not know"
        )
    return None


def _last(lines: Sequence[_Line]) -> Last | None:
    """Give the last entry."""
    if not lines:
        return None
    entry = lines[-1].entry
    return Last(_seq(lines, len(lines) - 1), lines[-1].digest, entry.prev if entry is not None else "")


def _chain(lines: Sequence[_Line]) -> Iterator[Break]:
    """Follow the chain from the first line to the last."""
    places = {line.digest: index for index, line in reversed(list(enumerate(lines)))}
    seqs = {line.entry.seq for line in lines if line.entry is not None}
    expected = 1
    for index, line in enumerate(lines):
        before = lines[index - 1].digest if index else ""
        entry = line.entry
        if entry is None:
            yield Break(kind=BreakKind.EDITED, seq=expected, text=f"line {index + 1} is no entry")
        elif entry.prev != before:
            if not index or lines[index - 1].entry is not None or entry.seq != expected:
                yield _broken(lines, index, places, expected, seqs)
        elif entry.seq != expected:
            yield Break(kind=BreakKind.EDITED, seq=expected, text=f"line {index + 1} has the number {entry.seq}, {expected} was due")
        expected = (entry.seq if entry is not None else expected) + 1


def _broken(lines: Sequence[_Line], index: int, places: dict[str, int], expected: int, seqs: set[int]) -> Break:
    """Say how the chain is broken before a line, whose `prev` is not the line before it."""
    entry = lines[index].entry
    assert entry is not None  # noqa: S101  (the caller looked)
    target = places.get(entry.prev)
    if (target is not None and target >= index) or (entry.seq > expected and expected in seqs):
        return Break(kind=BreakKind.REORDERED, seq=expected, text=f"entry {entry.seq} stands where entry {expected} was")
    if target is not None or (entry.seq < expected and index and not entry.prev):
        return Break(kind=BreakKind.FORKED, seq=entry.seq, text=f"line {index + 1} goes on from entry {entry.seq - 1} a second time")
    if entry.seq > expected:
        which = f"entry {expected} is" if entry.seq == expected + 1 else f"entries {expected} to {entry.seq - 1} are"
        return Break(kind=BreakKind.DELETED, seq=expected, text=f"{which} missing before entry {entry.seq}")
    if not index:
        return Break(kind=BreakKind.EDITED, seq=entry.seq, text=f"entry {entry.seq} names an entry before it, and is the first")
    after = lines[index + 1].entry if index + 1 < len(lines) else None
    which = f"entry {expected - 1}" if after is None or after.prev == lines[index].digest else f"entry {expected - 1} or entry {expected}"
    return Break(
        kind=BreakKind.EDITED, seq=expected - 1, text=f"{which} is not what was written: entry {entry.seq} was chained to other bytes"
    )


def _own_words(lines: Sequence[_Line]) -> tuple[list[Break], frozenset[str], list[str]]:
    """Collect what the log says of itself: that it was found broken, mended, and what a person explained."""
    breaks, notes = list[Break](), list[str]()
    explained = set[str]()
    for line in lines:
        entry = line.entry
        if entry is None:
            continue
        if entry.action is AuditAction.LOG_BROKEN:
            kinds = {kind.value: kind for kind in BreakKind}
            breaks.append(
                Break(
                    kind=kinds.get(entry.detail, BreakKind.TRUNCATED),
                    seq=entry.seq,
                    text=f"when entry {entry.seq} was written, {entry.why}",
                )
            )
        elif entry.action is AuditAction.LOG_MENDED:
            notes.append(f"a line that was cut off before entry {entry.seq} was taken away")
        elif entry.action is AuditAction.EXPLAINED:
            explained.add(entry.subject)
    return breaks, frozenset(explained), notes


def _times(lines: Sequence[_Line], explained: frozenset[str]) -> tuple[list[Break], list[str]]:
    """Find where the clock went back; where a person said why, it is a note."""
    breaks, notes = list[Break](), list[str]()
    latest: datetime | None = None
    for line in lines:
        entry = line.entry
        if entry is None:
            continue
        at = _time(entry.at)
        if at is None:
            breaks.append(Break(kind=BreakKind.EDITED, seq=entry.seq, text=f"entry {entry.seq} has no time"))
            continue
        if latest is not None and (latest - at).total_seconds() > CLOCK_S:
            text = f"the clock went back by {round((latest - at).total_seconds())} s before entry {entry.seq}"
            if f"entry {entry.seq}" in explained:
                notes.append(f"{text}, which was explained")
            else:
                breaks.append(Break(kind=BreakKind.CLOCK, seq=entry.seq, text=text))
        # What follows is held against the new time: one jump is told once.
        latest = at
    return breaks, notes


def _time(text: str) -> datetime | None:
    """Read a UTC time."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _anchored(lines: Sequence[_Line], log: AuditLog, anchors: Iterable[Anchor]) -> Iterator[Break]:
    """Hold the log against what was kept of it elsewhere."""
    for anchor in anchors:
        if anchor.log == log.name:
            yield from _against(lines, anchor)
        elif anchor.place and anchor.place == log.place:
            text = f"an anchor of {anchor.at} names another log of this place ({anchor.log}), which ended at entry {anchor.seq} or later"
            yield Break(kind=BreakKind.REPLACED, seq=1, text=text)


def _against(lines: Sequence[_Line], anchor: Anchor) -> Iterator[Break]:
    """Hold one entry against an anchor."""
    last = _seq(lines, len(lines) - 1)
    named = _digest_at(lines, anchor.seq)
    since = f" (kept by {anchor.by} at {anchor.at})" if anchor.by else ""
    if named == anchor.digest:
        return
    if anchor.seq > last:
        yield Break(kind=BreakKind.TRUNCATED, seq=last + 1, text=f"an anchor names entry {anchor.seq}, and the log ends at {last}{since}")
    else:
        yield Break(kind=BreakKind.FORKED, seq=anchor.seq, text=f"entry {anchor.seq} is not the one that was anchored{since}")


def _expected(lines: Sequence[_Line], log: AuditLog, expect: str) -> Iterator[Break]:
    """Hold the log against what a person expects in it."""
    if not expect:
        return
    anchor = read_anchor(expect)
    if anchor is None:
        wanted = "sha256:" + expect.removeprefix("sha256:")
        if not any(line.digest.startswith(wanted) for line in lines):
            yield Break(kind=BreakKind.TRUNCATED, seq=_seq(lines, len(lines) - 1) + 1, text=f"no entry has the digest {expect}")
    elif anchor.log != log.name:
        yield Break(kind=BreakKind.REPLACED, seq=1, text=f"this is not the log {anchor.log} but {log.name or 'none'}")
    else:
        yield from _against(lines, anchor)


def _seq(lines: Sequence[_Line], index: int) -> int:
    """Give the number of an entry; where the line is none, the number that it should have."""
    for place in range(index, -1, -1):
        entry = lines[place].entry
        if entry is not None:
            return entry.seq + index - place
    return index + 1


def _digest_at(lines: Sequence[_Line], seq: int) -> str:
    """Give the digest of the entry with a number; empty where there is none."""
    return next((line.digest for line in lines if line.entry is not None and line.entry.seq == seq), "")
