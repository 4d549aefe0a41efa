"""Reads a trail from files: a bucket's layout below any folder, single files, exports.

Source: AWS, CloudTrail User Guide, "Finding your CloudTrail log files": `AWSLogs/[o-ORGANISATION/]ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/FILE.json.gz`.
"""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH114, PTH116, PTH118, PTH119, PTH208

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from msgspec import Struct

from setsquare.adapters.trail_digests import read_digests
from setsquare.adapters.trail_file import may_be_trail, read_file
from setsquare.adapters.trail_workers import read_all, worker_count
from setsquare.errors import CloudFailed
from setsquare.ports.trails import TrailPart
from setsquare.powers.iam.usage.model import Gap, Window
from setsquare.text.counted import counted

SUFFIXES = (".json", ".gz", ".jsonl", ".ndjson", ".log", ".bz2", ".zst", ".parquet")
# Names that a person or a program may have given to exports of events, of a form that is not read.
_OTHER_DATA = (".csv", ".tsv", ".txt", ".tgz", ".tar", ".zip", ".xz", ".avro", ".orc")
_ENDING = re.compile(r"\.[A-Za-z][A-Za-z0-9_]{0,9}\Z")
_SKIPPED = re.compile(r"(?:^|_)CloudTrail-Insight")
_DIGEST = re.compile(r"(?:^|[/_])CloudTrail-Digest")
# A file that CloudTrail delivered has a name of its own: the same name in two folders is the same file, copied twice.
_DELIVERED = re.compile(r"\d{12}_CloudTrail_[a-z0-9-]+_\d{8}T\d{4}Z_[A-Za-z0-9]{16}\.json(?:\.gz)?\Z")
_DATED_FOLDER = re.compile(r"/(\d{4})/(\d{2})/(\d{2})(?:/|$)")
_DATED_NAME = re.compile(r"_CloudTrail_[a-z0-9-]+_(\d{4})(\d{2})(\d{2})T\d{4}Z_")
_LAST_DAY = "9999-12-30"
REPORT_EVERY = 50
MOST_PASSED = 3


class _File(Struct, frozen=True):
    path: str
    name: str
    identity: str
    size: int


class _Found(Struct):
    """What a folder holds: files with events, digests, what could not be read, and a day before the window of which there are files, empty where there is none.

    `passed` are the names of what is passed over, being no trail by its name and content.
    """

    files: list[_File]
    digests: list[_File]
    gaps: list[Gap]
    earlier: str = ""
    passed: list[str] = []


class FolderTrail:
    """A trail that lies in a folder or a file. What `known` says is kept is not read again."""

    __slots__ = ("_known", "_path", "_workers")

    def __init__(self, path: str, known: Callable[[str], bool] = lambda _identity: False, workers: int | None = None) -> None:
        """Read `path` with so many processes; as many as fit where nothing is said."""
        self._path = path
        self._known = known
        self._workers = workers

    @property
    def name(self) -> str:
        """Name the source."""
        return self._path

    def parts(self, window: Window, progress: Callable[[str], None]) -> Iterator[TrailPart]:
        """Give one part for each file that may hold events of the window, sorted by name."""
        found = self._found(window)
        files = found.files
        new = [file for file in files if not self._known(file.identity)]
        progress(f"{len(files)} files, {len(new)} of them new")
        fresh, done = {file.identity for file in new}, 0
        with contextlib.closing(read_all(lambda number: _part(new[number]), len(new), worker_count(self._workers, len(new)))) as read:
            for file in files:
                if file.identity not in fresh:
                    yield TrailPart(identity=file.identity, uses=(), is_kept=True)
                    continue
                yield next(read)
                done += 1
                if done % REPORT_EVERY == 0:
                    progress(f"{done} of {len(new)} files read")
        if found.gaps or found.earlier:
            yield TrailPart(identity="", uses=(), gaps=tuple(found.gaps), days=(found.earlier,) if found.earlier else ())
        if found.digests:
            last = _last(window)
            yield read_digests(
                [(file.path, file.name) for file in found.digests],
                [file.name for file in files],
                lambda key: may_hold(f"/{key}", window.begin, last),
            )

    def _found(self, window: Window) -> _Found:
        try:
            about = os.stat(self._path)
        except OSError as error:
            raise CloudFailed(
                f"cannot read the trail {self._path}: {error.strerror}", "name a folder or file with CloudTrail events that you may read"
            ) from error
        if stat.S_ISREG(about.st_mode):
            return _Found(
                [_File(self._path, _written(os.path.basename(self._path)), _identity(os.path.realpath(self._path), about), about.st_size)],
                [],
                [],
            )
        if not stat.S_ISDIR(about.st_mode):
            raise CloudFailed(f"the trail {self._path} is neither a folder nor a file", "name a folder or file with CloudTrail events")
        return _walked(os.path.realpath(self._path), window)


def _written(name: str) -> str:
    """Write a file's name as text: bytes that are none stand as escapes, since nothing that is kept or shown can hold them."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _part(file: _File) -> TrailPart:
    return read_file(file.path, file.name, file.identity)


def _walked(root: str, window: Window) -> _Found:
    """List the files below a folder; a folder is visited once, under whatever names links give it. A link that leads out of it is not followed."""
    last = _last(window)
    found = _Found([], [], [])
    visited: set[tuple[int, int]] = set()
    pending = [root]
    while pending:
        path = pending.pop()
        name = path[len(root) + 1 :]
        try:
            about = os.stat(path)
            is_link = os.path.islink(path)
            if is_link and not _is_inside(path, root):
                _leave(path, name, root, found, is_folder=stat.S_ISDIR(about.st_mode))
            elif is_link and stat.S_ISREG(about.st_mode):
                # What it leads to lies in the folder, and is read under its own name.
                continue
            elif stat.S_ISDIR(about.st_mode):
                if (about.st_dev, about.st_ino) not in visited:
                    visited.add((about.st_dev, about.st_ino))
                    inner = (os.path.join(path, entry) for entry in os.listdir(path) if _SKIPPED.search(entry) is None)
                    pending += [each for each in inner if _is_near(each[len(root) :], window.begin, last, found)]
            else:
                _take(path, name, about, found)
        except OSError as error:
            shown = _written(name or path)
            found.gaps.append(Gap(code="unreadable-file", reason=f"{shown} could not be read: {error.strerror}", scope=shown))
    found.files = _once(sorted(found.files, key=lambda file: file.name))
    found.gaps += _passed_over(sorted(found.passed))
    return found


def _is_inside(path: str, root: str) -> bool:
    return os.path.realpath(path).startswith(root.rstrip("/") + "/")


def _leave(path: str, name: str, root: str, found: _Found, *, is_folder: bool) -> None:
    """Name a link that leads out of the folder: what lies there is not what was named, and nobody said that it may be read."""
    shown = _written(name)
    target = os.path.realpath(path)
    if is_folder and (root == target or root.startswith(target.rstrip("/") + "/")):
        # It leads to a folder around this one, which is no part of the trail that might be missing.
        found.gaps.append(
            Gap(code="passed-over", reason=f"{shown} is a link that leads out of the trail's folder, and is not followed", scope=shown)
        )
    elif is_folder or name.lower().endswith(SUFFIXES):
        reason = f"{shown} is a link that leads out of the trail's folder, and is not followed: put what it leads to in its place, or name that with --trail"
        found.gaps.append(Gap(code="unreadable-file", reason=reason, scope=shown))
    else:
        found.passed.append(shown)


def _take(path: str, name: str, about: os.stat_result, found: _Found) -> None:
    """Take a file that may hold events, by its name, or by its content where its name has no ending.

    Raises:
        OSError: it cannot be read.
    """
    shown, base = _written(name), os.path.basename(name)
    is_named = base.lower().endswith(SUFFIXES)
    if not stat.S_ISREG(about.st_mode):
        if is_named:
            # A pipe or a device may have been put where a file of events was.
            found.gaps.append(Gap(code="unreadable-file", reason=f"{shown} is no plain file, and is not opened", scope=shown))
        return
    if is_named or (may_be_export(base) and may_be_trail(path)):
        kind = found.files if _DIGEST.search(name) is None else found.digests
        kind.append(_File(path, shown, _identity(path, about), about.st_size))
    elif not base.startswith(".") and (may_be_export(base) or base.lower().endswith(_OTHER_DATA) or may_be_trail(path)):
        found.passed.append(shown)


def may_be_export(path: str) -> bool:
    """Tell whether a name has no ending: Firehose gives its files none.

    >>> [may_be_export(name) for name in ("2026/01/05/00/stream-1-2026-01-05-00-00-00-6f.0a1b", "a.json", ".hidden", "folder/")]
    [True, False, False, False]
    """
    base = path.rpartition("/")[2]
    return bool(base) and not base.startswith(".") and _ENDING.search(base) is None


def _passed_over(names: list[str]) -> tuple[Gap, ...]:
    """Name what is passed over: nobody should believe it read."""
    if not names:
        return ()
    more = f" and {len(names) - MOST_PASSED} more" if len(names) > MOST_PASSED else ""
    verb = "is" if len(names) == 1 else "are"
    reason = f"of the folder {counted(len(names), 'entry', 'entries')} {verb} passed over, being no JSON or gzip by name and content: {', '.join(names[:MOST_PASSED])}{more}"
    return (Gap(code="passed-over", reason=reason),)


def _is_near(path: str, begin: str, last: str, found: _Found) -> bool:
    """Tell whether a path may hold events of the window; of one before it the day is kept, since it tells that the trail is older."""
    if may_hold(path, begin, last):
        return True
    day = _day_of(path)
    if day < begin and _DIGEST.search(path) is None and _is_day(day):
        found.earlier = max(found.earlier, day)
    return False


def _once(files: list[_File]) -> list[_File]:
    """Leave out second copies of files that CloudTrail named."""
    known: set[tuple[str, int]] = set()
    kept = []
    for file in files:
        key = (os.path.basename(file.name), file.size)
        if key not in known:
            kept.append(file)
        if _DELIVERED.match(key[0]):
            known.add(key)
    return kept


def _last(window: Window) -> str:
    """Give the last day of delivery; one day later than any date is no date."""
    return (date.fromisoformat(min(window.end, _LAST_DAY)) + timedelta(1)).isoformat()


def _day_of(path: str) -> str:
    found = _DATED_FOLDER.search(path) or _DATED_NAME.search(path)
    return "" if found is None else f"{found[1]}-{found[2]}-{found[3]}"


def _is_day(day: str) -> bool:
    try:
        return bool(date.fromisoformat(day))
    except ValueError:
        return False


def may_hold(path: str, begin: str, last: str) -> bool:
    """Tell by the day in a path whether events of a window may lie there: files lie under the day of their delivery, the event's own or the next."""
    day = _day_of(path)
    return not day or begin <= day <= last


def _identity(path: str, about: os.stat_result) -> str:
    return f"file:{_written(path)}|{about.st_size}|{about.st_mtime_ns}|{about.st_ino}"
