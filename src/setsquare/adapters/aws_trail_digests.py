"""The digest files of a trail in a bucket: which of them belong together, and what those of a region and a day prove.

They are kept like pieces with events, so that a second run fetches those alone that are new. What they prove also hangs on which log files are there: where these changed
they are fetched anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import date, timedelta

from msgspec import Struct
from msgspec.structs import replace

from setsquare.adapters.trail_digests import evidence_in
from setsquare.ports.trails import TrailPart
from setsquare.text.lazy_pattern import LazyPattern

PLACE = LazyPattern(r"(?:^|/)CloudTrail-Digest/")
_DAY = LazyPattern(r"/(\d{4})/(\d{2})/(\d{2})\Z")


class DigestGroup(Struct, frozen=True):
    """The digests of one region and day: their keys with their tags, and the names of the log files in the folders of that day, the day before and the day after.

    `folders` are those of these folders that were listed: a window ends somewhere.
    """

    folder: str
    digests: tuple[tuple[str, str], ...]
    folders: tuple[str, ...]
    present: tuple[str, ...]

    def identity(self, bucket: str) -> str:
        """Name what the digests say about these files."""
        told = hashlib.sha256()
        for text in (*[f"{key} {tag}" for key, tag in self.digests], "", *self.folders, "", *self.present):
            told.update(text.encode("utf-8", "surrogatepass") + b"\0")
        return f"digests:{bucket}/{self.folder}|{told.hexdigest()}"

    def read(self, bucket: str, fetched: Callable[[str, str], bytes | None]) -> TrailPart:
        """Fetch and read the digests. Where one could not be fetched the part is not to be kept: it is asked for again next time."""
        found = [(key, fetched(key, tag)) for key, tag in self.digests]
        whole = [(key, raw) for key, raw in found if raw is not None]
        part = evidence_in(whole, self.present, lambda key: key.rpartition("/")[0] in self.folders, "the bucket")
        return replace(part, identity=self.identity(bucket) if len(whole) == len(found) else "")


def grouped(digests: Iterable[tuple[str, str]], logs: Iterable[str], is_listed: Callable[[str], bool]) -> tuple[DigestGroup, ...]:
    """Put digests, given by key and tag, together by region and day, sorted; `is_listed` tells of a folder whether all its log files are among `logs`.

    >>> day = "AWSLogs/1/CloudTrail-Digest/eu-west-1/2026/01/05"
    >>> (group,) = grouped([(f"{day}/d", "t")], ["AWSLogs/1/CloudTrail/eu-west-1/2026/01/05/l"], lambda folder: folder.endswith("05"))
    >>> group.folder == day, group.folders, group.present
    (True, ('AWSLogs/1/CloudTrail/eu-west-1/2026/01/05',), ('l',))
    """
    files: dict[str, list[str]] = {}
    for key in logs:
        folder, _, name = key.rpartition("/")
        files.setdefault(folder, []).append(name)
    found: dict[str, list[tuple[str, str]]] = {}
    for key, tag in digests:
        found.setdefault(key.rpartition("/")[0], []).append((key, tag))
    groups = []
    for folder in sorted(found):
        folders = tuple(near for near in _near(folder.replace("CloudTrail-Digest/", "CloudTrail/")) if is_listed(near))
        present = tuple(sorted(name for near in folders for name in files.get(near, ())))
        groups.append(DigestGroup(folder, tuple(sorted(found[folder])), folders, present))
    return tuple(groups)


def _near(folder: str) -> tuple[str, ...]:
    """Give the folders of a day, the day before it and the day after: a digest names files of the days around its own."""
    match = _DAY.search(folder)
    if match is None:
        return (folder,)
    try:
        day = date(int(match[1]), int(match[2]), int(match[3]))
        return tuple(f"{folder[: match.start()]}/{day + timedelta(ago):%Y/%m/%d}" for ago in (-1, 0, 1))
    except (ValueError, OverflowError):
        return (folder,)
