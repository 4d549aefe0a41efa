"""Reads a trail from files: a bucket's layout below any folder, single files, exports.

Source: AWS, CloudTrail User Guide, "Finding your CloudTrail log files": `AWSLogs/[o-ORGANISATION/]ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/FILE.json.gz`.
"""

# Names go to the kernel as they are; a path object would normalise them.
# ruff: noqa: PTH116, PTH118, PTH119, PTH208

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from msgspec import Struct

from setsquare.adapters.trail_file import read_file
from setsquare.adapters.trail_workers import read_all, worker_count
from setsquare.errors import CloudFailed
from setsquare.ports.trails import TrailPart
from setsquare.powers.iam.usage.model import Gap, Window

SUFFIXES = (".json", ".gz", ".jsonl", ".ndjson", ".log", ".bz2", ".zst", ".parquet")
_SKIPPED = re.compile(r"(?:^|_)CloudTrail-(?:Digest|Insight)")
_DATED_FOLDER = re.compile(r"/(\d{4})/(\d{2})/(\d{2})(?:/|$)")
_DATED_NAME = re.compile(r"_CloudTrail_[a-z0-9-]+_(\d{4})(\d{2})(\d{2})T\d{4}Z_")
_LAST_DAY = "9999-12-30"
REPORT_EVERY = 50


class _File(Struct, frozen=True):
    path: str
    name: str
    identity: str


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
        files, gaps = self._files(window)
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
        if gaps:
            yield TrailPart(identity="", uses=(), gaps=tuple(gaps))

    def _files(self, window: Window) -> tuple[list[_File], list[Gap]]:
        try:
            about = os.stat(self._path)
        except OSError as error:
            raise CloudFailed(
                f"cannot read the trail {self._path}: {error.strerror}", "name a folder or file with CloudTrail events that you may read"
            ) from error
        if stat.S_ISREG(about.st_mode):
            return [_File(self._path, os.path.basename(self._path), _identity(os.path.realpath(self._path), about))], []
        if not stat.S_ISDIR(about.st_mode):
            raise CloudFailed(f"the trail {self._path} is neither a folder nor a file", "name a folder or file with CloudTrail events")
        return _walked(os.path.realpath(self._path), window)


def _part(file: _File) -> TrailPart:
    return read_file(file.path, file.name, file.identity)


def _walked(root: str, window: Window) -> tuple[list[_File], list[Gap]]:
    """List the files below a folder; a folder is visited once, under whatever names links give it."""
    # One day later than any date is no date.
    last = (date.fromisoformat(min(window.end, _LAST_DAY)) + timedelta(1)).isoformat()
    files: list[_File] = []
    gaps: list[Gap] = []
    visited: set[tuple[int, int]] = set()
    pending = [root]
    while pending:
        path = pending.pop()
        name = path[len(root) + 1 :]
        try:
            about = os.stat(path)
            if stat.S_ISREG(about.st_mode) and name.lower().endswith(SUFFIXES):
                files.append(_File(path, name, _identity(path, about)))
            elif stat.S_ISDIR(about.st_mode) and (about.st_dev, about.st_ino) not in visited:
                visited.add((about.st_dev, about.st_ino))
                found = (os.path.join(path, entry) for entry in os.listdir(path) if _SKIPPED.search(entry) is None)
                pending += [inner for inner in found if may_hold(inner[len(root) :], window.begin, last)]
        except OSError as error:
            gaps.append(Gap(code="unreadable-file", reason=f"{name or path} could not be read: {error.strerror}", scope=name or path))
    return sorted(files, key=lambda file: file.name), gaps


def may_hold(path: str, begin: str, last: str) -> bool:
    """Tell by the day in a path whether events of a window may lie there: files lie under the day of their delivery, the event's own or the next."""
    found = _DATED_FOLDER.search(path) or _DATED_NAME.search(path)
    return found is None or begin <= f"{found[1]}-{found[2]}-{found[3]}" <= last


def _identity(path: str, about: os.stat_result) -> str:
    return f"file:{path}|{about.st_size}|{about.st_mtime_ns}|{about.st_ino}"
