"""Finds the files that a migration reads, each once, whatever links lead to it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from setsquare.errors import StorageFailed
from setsquare.journeys.skill_files import Ground
from setsquare.migrate.dialects.registry import dialect_of
from setsquare.migrate.guidance import Note, Problem
from setsquare.migrate.instructions.registry import owner
from setsquare.migrate.openspec_cleaning import is_legacy
from setsquare.migrate.record import number_of
from setsquare.ports.links import Place, Standing
from setsquare.text.document import decode
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath

LIMIT_BYTES = 1 << 22
"""The longest instruction file that is carried over, 4 MiB."""

_LIMIT_LISTED = 200_000
_LINKED_FOLDER = LazyPattern(r"(?:.*/)?(?:\.(?:cursor|windsurf|claude|github)(?:/(?:rules|instructions))?|\.clinerules)\Z")
_OPENING = LazyPattern(r"(?m)^<<<<<<< ?[^\n]*$")
_CLOSING = LazyPattern(r"(?m)^>>>>>>> ?[^\n]*$")


class FoundFile(Struct, frozen=True, kw_only=True):
    """One file: its path as tools name it, where it really lies, and its bytes."""

    path: RelPath
    real: RelPath
    raw: bytes


class Finds(Struct, frozen=True, kw_only=True):
    """What was found, sorted; `notes` name links and files that are left alone, `problems` what cannot be read. `records` are those of migrations."""

    files: tuple[FoundFile, ...]
    notes: tuple[Note, ...] = ()
    problems: tuple[Problem, ...] = ()
    records: tuple[RelPath, ...] = ()

    def at(self, path: str) -> FoundFile | None:
        """Give a file by its path."""
        return next((file for file in self.files if file.path == path), None)


# req: openspec-interop/5.5
def found_files(ground: Ground) -> Finds:
    """Find every file that a migration reads.

    Links are followed inside the workspace only. Files that git ignores are a person's own: they are left alone unless OpenSpec made them.
    """
    every = ground.files.guarded(_is_wanted)
    shared = frozenset(ground.files.listing(RelPath(""), _LIMIT_LISTED))
    places = [(path, place) for named in every for path, place in _placed(ground, named)]
    # A file that lies at its own path comes before links to it, so that it is read under its own name.
    places.sort(key=lambda pair: (pair[0] != pair[1].path, pair[0]))
    files: list[FoundFile] = []
    notes: list[Note] = []
    problems: list[Problem] = []
    seen: dict[str, str] = {}
    for path, place in places:
        if number_of(path) is not None:
            continue
        if place.standing is Standing.OUTSIDE:
            notes.append(Note(path=path, text="a symbolic link that leads out of the workspace: not followed"))
        elif place.path in seen:
            notes.append(Note(path=path, text=f"a symbolic link to {place.path}, which is read once; the link stays"))
        elif place.standing is not Standing.FILE:
            notes.append(Note(path=path, text=place.reason or "a symbolic link that leads to nothing"))
        elif place.path not in shared and (owner(path) is not None or not is_legacy(path)):
            notes.append(Note(path=path, text="git ignores it, so it is one person's own: left alone"))
        else:
            seen[place.path] = path
            _read(ground, FoundFile(path=path, real=place.path, raw=b""), files, problems)
    return Finds(
        files=tuple(sorted(files, key=lambda file: file.path)),
        notes=tuple(sorted(notes, key=lambda note: note.path)),
        problems=tuple(problems),
        records=tuple(path for path in every if number_of(path) is not None),
    )


def _is_wanted(path: str) -> bool:
    is_ours = owner(path) is not None or is_legacy(path) or dialect_of(path) is not None
    return is_ours or number_of(path) is not None or _LINKED_FOLDER.match(path) is not None


def _placed(ground: Ground, path: RelPath) -> Iterator[tuple[RelPath, Place]]:
    """Say where a path leads; a link to a folder leads to the files in it."""
    place = ground.links.place(path)
    if place.standing is not Standing.FOLDER:
        if not _LINKED_FOLDER.match(path) or owner(path) is not None or place.standing is Standing.OUTSIDE:
            yield path, place
        return
    for inner in ground.files.listing(place.path, _LIMIT_LISTED):
        named = RelPath(path + inner.removeprefix(place.path))
        if owner(named) is not None:
            yield named, ground.links.place(named)


def _read(ground: Ground, file: FoundFile, files: list[FoundFile], problems: list[Problem]) -> None:
    if any("\udc80" <= letter <= "\udcff" for letter in file.path + file.real):
        problems.append(Problem(path=file.path, line=0, reason="its name is not UTF-8 text"))
        return
    try:
        raw = ground.files.read(file.real) or b""
    except StorageFailed as failure:
        problems.append(Problem(path=file.path, line=0, reason=failure.message))
        return
    problem = unfit(file.path, raw)
    if problem is not None:
        problems.append(problem)
    else:
        files.append(FoundFile(path=file.path, real=file.real, raw=raw))


def unfit(path: RelPath, raw: bytes) -> Problem | None:
    r"""Say why bytes cannot be carried over as text; `None` where they can.

    >>> unfit(RelPath("a.md"), b"a\n<<<<<<< ours\nb\n=======\nc\n>>>>>>> theirs\n").line
    2
    >>> unfit(RelPath("a.md"), b"a\n\xff\n").reason
    'it is not UTF-8 text'
    """
    if len(raw) > LIMIT_BYTES:
        return Problem(path=path, line=0, reason=f"it is longer than {LIMIT_BYTES >> 20} MiB")
    text = decode(raw)
    wrong = (
        next((at for at, letter in enumerate(text) if letter == "\0" or "\udc80" <= letter <= "\udcff"), None)
        if not _is_text(raw)
        else None
    )
    if wrong is not None:
        return Problem(path=path, line=text.count("\n", 0, wrong) + 1, reason="it is not UTF-8 text")
    opening = _OPENING.search(text)
    if opening and _CLOSING.search(text, opening.end()):
        line = text.count("\n", 0, opening.start()) + 1
        return Problem(path=path, line=line, reason="a git conflict stands in it: resolve it first")
    return None


def _is_text(raw: bytes) -> bool:
    try:
        return "\0" not in raw.decode()
    except UnicodeDecodeError:
        return False
