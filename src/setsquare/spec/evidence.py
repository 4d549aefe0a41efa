"""Keeps what the platform saw of a spec's criteria: one committed JSON Lines file a spec, only ever added to, so that branches merge.

The first line is a header with the version; every further line is what one verification said about one criterion, sorted by criterion and time.
A line is written by the platform in the commit of the task that it speaks of, and never changed. A file with a line that cannot be read, or of a
newer version, is reported and left alone.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec
from msgspec import Struct

from setsquare.spec.approval import spec_key
from setsquare.spec.lock_file import spelled
from setsquare.text.paths import RelPath, joined
from setsquare.workspace.spec import Spec

VERSION: Final = 1
_KIND: Final = "evidence"
_MARKERS: Final = (b"<<<<<<<", b"=======", b">>>>>>>", b"|||||||")
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}\Z")
_NUMBERS: Final = re.compile(r"(\d+)")
_MERGE: Final = "keep both sides' lines and take the marker lines out"
_RESTORE: Final = "restore it from version control"
_UPDATE: Final = "update Setsquare; this version leaves the file as it is"


class EvidenceKind(enum.Enum):
    """What was seen: the verification passed; the test of a bug failed before the fix; everything but that test passed before the fix."""

    GREEN = "green"
    RED = "red"
    PRESERVED = "preserved"


class Seen(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one verification said about one criterion.

    `uid` is that of the lock, empty without one; `meaning` digests what the criterion said then. `exit` is the command's exit code, `output` the
    digest of all that it printed, `passed` and `failed` the test counts where the output told them. `tests` are the test files that it rests on,
    each with its digest. `base` is the commit that the workspace stood on, `tree` names the whole tree as it was verified. `at` is ISO 8601.
    `accepted_by` is the person who accepted the criterion as already met where the task changed nothing, else empty.
    """

    criterion: str
    task: str
    kind: EvidenceKind
    command: str
    exit: int
    output: str
    run: str
    at: str
    uid: str = ""
    meaning: str = ""
    passed: int | None = None
    failed: int | None = None
    tests: tuple[tuple[str, str], ...] = ()
    base: str = ""
    tree: str = ""
    accepted_by: str = ""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Name the line: one run says one thing of each kind about a criterion for a task."""
        return (self.run, self.task, self.criterion, self.kind.value)


class EvidenceProblem(Struct, frozen=True):
    """A line that cannot be used: `line` from 1, `reason` what is wrong, `mend` what to do."""

    line: int
    reason: str
    mend: str


class Evidence(Struct, frozen=True, kw_only=True):
    """A spec's evidence in file order; with `problems` it was not read whole and must not be written."""

    spec: str
    seen: tuple[Seen, ...] = ()
    version: int = VERSION
    problems: tuple[EvidenceProblem, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Tell whether every line was understood."""
        return not self.problems and self.version <= VERSION


class _Header(Struct, frozen=True):
    """The first line."""

    setsquare: str
    v: int
    spec: str


_header_decoder: Final = msgspec.json.Decoder(_Header)
_decoder: Final = msgspec.json.Decoder(Seen)


def evidence_path(spec: Spec) -> RelPath:
    """Name the file that holds what was seen of a spec.

    >>> evidence_path(Spec(name="login", path=RelPath(".kiro/specs/login"), root=RelPath(".kiro")))
    '.setsquare/evidence/login.jsonl'
    """
    return joined(".setsquare/evidence", spec_key(spec) + ".jsonl")


def read_evidence(raw: bytes, spec: str) -> Evidence:
    r"""Read a file's bytes; `spec` names the spec whose file it is.

    >>> found = read_evidence(b'{"setsquare":"evidence","v":1,"spec":"login"}\nnonsense\n', "login")
    >>> found.seen, [(problem.line, problem.reason) for problem in found.problems]
    ((), [(2, 'the line is no JSON')])
    >>> read_evidence(b'{"setsquare":"evidence","v":9,"spec":"login"}\n', "login").version
    9
    """
    lines = raw.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    first = next((index for index, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return Evidence(spec=spec, problems=(EvidenceProblem(1, "the file is empty", _RESTORE),))
    version, problem = _opening(lines[first].strip(), first + 1, spec)
    if version > VERSION:
        return Evidence(spec=spec, version=version, problems=(problem,) if problem else ())
    problems = [problem] if problem else []
    found: dict[tuple[str, str, str, str], Seen] = {}
    for number, line in enumerate(lines[first + 1 :], first + 2):
        if not line.strip():
            continue
        read = _line(line, number)
        if isinstance(read, EvidenceProblem):
            problems.append(read)
        elif found.setdefault(read.key, read) != read:
            said = f"two lines of run `{read.run}` say different things about {read.criterion} for task {read.task}"
            problems.append(EvidenceProblem(number, said, _RESTORE))
    return Evidence(spec=spec, seen=tuple(found.values()), problems=tuple(problems))


def _opening(line: bytes, number: int, spec: str) -> tuple[int, EvidenceProblem | None]:
    """Read the header: its version, and what is wrong with it."""
    if line.startswith(_MARKERS):
        return VERSION, EvidenceProblem(number, "a merge conflict is left in the file", _MERGE)
    try:
        header = _header_decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return VERSION, EvidenceProblem(number, "the first line is no header of evidence", _RESTORE)
    if header.setsquare != _KIND or header.v < 1:
        return VERSION, EvidenceProblem(number, f"the header names no evidence: `{header.setsquare}` {header.v}", _RESTORE)
    if header.v > VERSION:
        return header.v, EvidenceProblem(number, f"the file is of version {header.v}, this Setsquare knows {VERSION}", _UPDATE)
    known = spelled(spec)
    if header.spec != known and not known.endswith(f"/{header.spec}") and not header.spec.endswith(f"/{known}"):
        return VERSION, EvidenceProblem(number, f"the evidence belongs to the spec `{header.spec}`", "rename the file to match its spec")
    return header.v, None


def _line(line: bytes, number: int) -> Seen | EvidenceProblem:
    """Read one line; one that contradicts itself is none."""
    if line.startswith(_MARKERS):
        return EvidenceProblem(number, "a merge conflict is left in the file", _MERGE)
    try:
        seen = _decoder.decode(line)
    except msgspec.ValidationError as error:
        return EvidenceProblem(number, f"the line is no evidence: {error}", _RESTORE)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return EvidenceProblem(number, "the line is no JSON", _RESTORE)
    if not all(map(_DIGEST.match, (seen.output, *(name for _, name in seen.tests)))):
        return EvidenceProblem(number, "the line names a digest that is none", _RESTORE)
    if (seen.kind is EvidenceKind.RED) != (seen.exit != 0):
        return EvidenceProblem(number, f"the line contradicts itself: {seen.kind.value} with exit code {seen.exit}", _RESTORE)
    return seen


def encode_seen(seen: Seen) -> bytes:
    """Write one line, without its end; bytes that are not text become escapes.

    >>> line = encode_seen(Seen(criterion="1.1", task="2", kind=EvidenceKind.GREEN, command="make", exit=0, output="", run="r", at=""))
    >>> line[:54]
    b'{"criterion":"1.1","task":"2","kind":"green","command"'
    """
    return msgspec.json.encode(
        msgspec.structs.replace(
            seen,
            criterion=spelled(seen.criterion),
            task=spelled(seen.task),
            command=spelled(seen.command),
            tests=tuple((spelled(path), name) for path, name in seen.tests),
            accepted_by=spelled(seen.accepted_by),
        )
    )


# req: agent-runtime/7.2
def with_seen(raw: bytes | None, spec: str, seen: Iterable[Seen]) -> bytes:
    r"""Give a file's bytes with lines added, each at its place; what a run has said already is not said again.

    Raises:
        ValueError: the file was not read whole, so that it must be left alone.

    >>> with_seen(None, "login", ())
    b'{"setsquare":"evidence","v":1,"spec":"login"}\n'
    """
    if not raw:
        raw = msgspec.json.encode(_Header(_KIND, VERSION, spelled(spec))) + b"\n"
    known = read_evidence(raw, spec)
    if not known.is_whole:
        raise ValueError(f"the evidence of {spec} was not read whole; it must be left alone")
    lines = raw.removesuffix(b"\n").split(b"\n")
    said = {one.key for one in known.seen}
    for one in seen:
        if one.key not in said:
            said.add(one.key)
            lines.insert(_place(lines, one), encode_seen(one))
    return b"\n".join(lines) + b"\n"


def parted(raw: bytes, spec: str, goes: Callable[[Seen], bool]) -> tuple[bytes, bytes]:
    r"""Give a file's bytes without the lines that go to another spec, and the header with those; each line keeps its bytes.

    Raises:
        ValueError: the file was not read whole, so that it must be left alone.

    >>> line = encode_seen(
    ...     Seen(criterion="2.1", task="2", kind=EvidenceKind.GREEN, command="make", exit=0, output="sha256:" + "0" * 64, run="r", at="")
    ... )
    >>> left, right = parted(with_seen(None, "login", ()) + line + b"\n", "login", lambda seen: seen.criterion.startswith("2."))
    >>> left.count(b"\n"), right.count(b"\n")
    (1, 2)
    """
    if not read_evidence(raw, spec).is_whole:
        raise ValueError(f"the evidence of {spec} was not read whole; it must be left alone")
    head, *lines = raw.removesuffix(b"\n").split(b"\n")
    staying, going = [head], [head]
    for number, line in enumerate(lines, 2):
        seen = _line(line, number) if line.strip() else None
        (going if isinstance(seen, Seen) and goes(seen) else staying).append(line)
    return b"\n".join(staying) + b"\n", b"\n".join(going) + b"\n"


def _place(lines: list[bytes], seen: Seen) -> int:
    """Find where a line belongs: before the first one that comes later, never before the header."""
    order = _order(seen)
    for index, line in enumerate(lines):
        read = _line(line, index + 1) if index and line.strip() else None
        if isinstance(read, Seen) and _order(read) > order:
            return index
    return len(lines)


def _order(seen: Seen) -> tuple[tuple[tuple[int, str], ...], str, str, str]:
    """Order lines by criterion, as people count, then by time."""
    return _counted(seen.criterion), seen.at, seen.task, seen.kind.value


def _counted(number: str) -> tuple[tuple[int, str], ...]:
    """Give a key by which `10.1` follows `9.2`."""
    return tuple((int(part), "") if part.isdigit() else (0, part) for part in _NUMBERS.split(number) if part)


def red_tests(evidence: Evidence) -> Mapping[str, str]:
    """Name the test files that were seen to fail before a fix, with the digest that each had; the last word of each task counts.

    >>> red_tests(Evidence(spec="login"))
    {}
    """
    return _tests(evidence, EvidenceKind.RED)


def preserved_tests(evidence: Evidence) -> Mapping[str, str]:
    """Name the test files that were seen to pass before a fix and must not change, with the digest that each had.

    >>> preserved_tests(Evidence(spec="login"))
    {}
    """
    return _tests(evidence, EvidenceKind.PRESERVED)


def _tests(evidence: Evidence, kind: EvidenceKind) -> Mapping[str, str]:
    """Collect the test files of one kind, oldest first, so that a later word wins."""
    last: dict[str, Seen] = {}
    for seen in sorted((one for one in evidence.seen if one.kind is kind), key=lambda one: one.at):
        last[seen.task] = seen
    return {path: name for seen in sorted(last.values(), key=lambda one: one.at) for path, name in seen.tests}


def passage(evidence: Iterable[Seen], seen: Seen) -> str:
    """Say from what to what a line leads: `red → green` where a test that it rests on failed before with the same bytes; else empty.

    >>> made = dict(criterion="1.1", task="1", command="make", output="", run="r", tests=(("t.py", "sha256:1"),))
    >>> red = Seen(kind=EvidenceKind.RED, exit=1, at="2026-01-01", **made)
    >>> green = Seen(kind=EvidenceKind.GREEN, exit=0, at="2026-01-02", **made)
    >>> passage((red, green), green), passage((red, green), red)
    ('red → green', '')
    """
    if seen.kind is EvidenceKind.RED:
        return ""
    own = set(seen.tests)
    before = [one for one in evidence if one.at <= seen.at and one.key != seen.key and own & set(one.tests)]
    if seen.kind is EvidenceKind.PRESERVED:
        since = seen.at, _counted(seen.task)  # times are whole seconds; of two tasks in one, the plan's order decides
        others = (one for one in before if one.kind is EvidenceKind.PRESERVED and one.task != seen.task)
        return "green → green" if any((one.at, _counted(one.task)) < since for one in others) else ""
    if any(one.kind is EvidenceKind.RED for one in before):
        return "red → green"
    return "green → green" if any(one.kind is EvidenceKind.PRESERVED for one in before) else ""
