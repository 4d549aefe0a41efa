"""Reads and writes the lock of a spec: JSON Lines, a header and one criterion a line, sorted by uid.

Reading never fails: a line that cannot be used is a problem with its place and its mend. A lock with problems, or of a newer version, must not
be written over: what could not be read would be lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec import Struct

from setsquare.spec.lock import VERSION, Lock, LockedCriterion, LockProblem, Pin, Revision, Waiver

_KIND: Final = "trace-lock"
_MARKERS: Final = (b"<<<<<<<", b"=======", b">>>>>>>", b"|||||||")
_MERGE: Final = "keep both sides' lines, take the marker lines out, then: `setsquare trace lock --repair`"
_RESTORE: Final = "restore the line from git, or: `setsquare trace lock --repair`"
_UPDATE: Final = "update Setsquare; this version leaves the file as it is"


class _Header(Struct, frozen=True):
    """The first line of a lock."""

    setsquare: str
    v: int
    spec: str


_header_decoder: Final = msgspec.json.Decoder(_Header)
_decoder: Final = msgspec.json.Decoder(LockedCriterion)
_PARTS: Final = {"pins": Pin, "revisions": Revision, "waiver": Waiver}


# req: spec-engine/2.4
def read_lock(raw: bytes, spec: str) -> Lock:
    r"""Read a lock's bytes; `spec` names the spec whose file it is.

    >>> lock = read_lock(b'{"setsquare":"trace-lock","v":1,"spec":"login"}\nnonsense\n', "login")
    >>> lock.criteria, [(problem.line, problem.reason) for problem in lock.problems]
    ((), [(2, 'the line is no JSON')])
    >>> read_lock(b'{"setsquare":"trace-lock","v":9,"spec":"login"}\n', "login").version
    9
    """
    lines = raw.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    start, version, opening = _opening(lines, spec)
    if version > VERSION:
        return Lock(spec=spec, version=version, problems=opening)
    problems = list(opening)
    found: dict[str, LockedCriterion] = {}
    last = ""
    for number, line in enumerate(lines[start:], start + 1):
        if not line.strip():
            continue
        read = _criterion(line, number)
        if isinstance(read, LockProblem):
            problems.append(read)
            continue
        problems += _strangers(line, msgspec.json.encode(read), number)
        earlier = found.get(read.uid)
        if earlier is not None:
            problems.append(_twice(read, number, is_same=earlier == read))
            continue
        if read.uid < last:
            problems.append(LockProblem(number, f"the lines are not sorted: `{read.uid}` stands after `{last}`", _RESTORE))
        found[read.uid] = read
        last = max(last, read.uid)
    return Lock(spec=spec, criteria=tuple(found[uid] for uid in sorted(found)), version=version, problems=tuple(problems))


def encode_lock(lock: Lock) -> bytes:
    r"""Write a lock, the same bytes for the same content.

    Raises:
        ValueError: the lock has problems or is of a newer version; writing it would lose what could not be read.

    >>> encode_lock(Lock(spec="login"))
    b'{"setsquare":"trace-lock","v":1,"spec":"login"}\n'
    """
    if lock.problems or lock.version > VERSION:
        raise ValueError(f"the lock of {lock.spec} was not read whole; it must not be written over")
    header = msgspec.json.encode(_Header(_KIND, VERSION, spelled(lock.spec)))
    lines = (msgspec.json.encode(criterion) for criterion in sorted(lock.criteria, key=lambda criterion: criterion.uid))
    return b"\n".join((header, *lines)) + b"\n"


def is_writable(lock: Lock) -> bool:
    """Tell whether a lock was read whole, so that it may be written over.

    >>> is_writable(Lock(spec="login")), is_writable(Lock(spec="login", version=2))
    (True, False)
    """
    return not lock.problems and lock.version <= VERSION


def every_criterion(raw: bytes) -> Iterator[LockedCriterion]:
    r"""Read every line that is a criterion, whatever stands around it; a uid may come more than once.

    >>> list(every_criterion(b"<<<<<<< ours\n"))
    []
    """
    for number, line in enumerate(raw.split(b"\n"), 1):
        read = _criterion(line, number) if line.strip() else None
        if isinstance(read, LockedCriterion):
            yield read


def spelled(text: str) -> str:
    r"""Write bytes that are not UTF-8 as escapes, because a line of JSON cannot hold them.

    >>> print(spelled("caf\udce9"))
    caf\udce9
    """
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _opening(lines: list[bytes], spec: str) -> tuple[int, int, tuple[LockProblem, ...]]:
    """Read the header: the index of the first line after it, the version, and what is wrong."""
    first = next((index for index, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return 0, VERSION, (LockProblem(1, "the file is empty", _RESTORE),)
    line = lines[first].strip()
    if line.startswith(_MARKERS):
        return first, VERSION, ()
    try:
        header = _header_decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return first, VERSION, (LockProblem(first + 1, "the first line is no header of a lock", _RESTORE),)
    if header.setsquare != _KIND or header.v < 1:
        return first + 1, VERSION, (LockProblem(first + 1, f"the header names no lock: `{header.setsquare}` {header.v}", _RESTORE),)
    if header.v > VERSION:
        return first + 1, header.v, (LockProblem(first + 1, f"the lock is of version {header.v}, this Setsquare knows {VERSION}", _UPDATE),)
    if not _is_of(header.spec, spelled(spec)):
        mend = f"rename the file to match its spec, or restore it: `{header.spec}` is not `{spelled(spec)}`"
        return first + 1, header.v, (LockProblem(first + 1, f"the lock belongs to the spec `{header.spec}`", mend),)
    return first + 1, header.v, _strangers(line, msgspec.json.encode(header), first + 1)


def _is_of(written: str, spec: str) -> bool:
    """Tell whether a header names a spec, by its name or by its name with the folder of its root in front."""
    return written == spec or written.endswith(f"/{spec}") or spec.endswith(f"/{written}")


def _criterion(line: bytes, number: int) -> LockedCriterion | LockProblem:
    """Read one line."""
    if line.startswith(_MARKERS):
        return LockProblem(number, "a merge conflict is left in the file", _MERGE)
    try:
        found = _decoder.decode(line)
    except msgspec.ValidationError as error:
        return LockProblem(number, f"the line is no criterion: {error}", _RESTORE)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return LockProblem(number, "the line is no JSON", _RESTORE)
    if not found.uid or not found.meaning:
        return LockProblem(number, "the criterion has no uid or no meaning", _RESTORE)
    return found


def _strangers(line: bytes, known: bytes, number: int) -> tuple[LockProblem, ...]:
    """Find a key that this version does not know: writing the lock would lose it. `known` is the line as this version would write it."""
    if line.strip() == known:
        return ()
    named = _unknown(msgspec.json.decode(line), frozenset(_Header.__struct_fields__ + LockedCriterion.__struct_fields__))
    return (LockProblem(number, f"the line holds `{named}`, which this version does not know", _UPDATE),) if named else ()


def _unknown(value: object, keys: frozenset[str]) -> str:
    """Name the first key of a decoded line that is none of the given ones; the parts of a criterion have keys of their own."""
    if isinstance(value, list):
        return next((found for item in value if (found := _unknown(item, keys))), "")
    if not isinstance(value, dict):
        return ""
    for key, item in value.items():
        if key not in keys:
            return str(key)
        part = _PARTS.get(key)
        if part and (found := _unknown(item, frozenset(part.__struct_fields__))):
            return found
    return ""


def _twice(criterion: LockedCriterion, number: int, *, is_same: bool) -> LockProblem:
    """Say that a uid stands twice."""
    if is_same:
        return LockProblem(number, f"the line of `{criterion.uid}` ({criterion.id}) stands twice", _MERGE)
    return LockProblem(number, f"two lines of different content for `{criterion.uid}` ({criterion.id})", _MERGE)
