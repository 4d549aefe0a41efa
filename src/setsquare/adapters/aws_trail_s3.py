"""Reads a trail from the bucket that CloudTrail delivers to. Only the folders of the account and of the window are listed; only new objects are fetched.

Source: AWS, CloudTrail User Guide, "Finding your CloudTrail log files": `PREFIX/AWSLogs/[o-ORGANISATION/]ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/FILE.json.gz`.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from msgspec import Struct

from setsquare.adapters.aws_access import AwsAccess, nothing_known
from setsquare.adapters.aws_clients import called, failure_code, pages, was_denied
from setsquare.adapters.aws_trail_digests import PLACE, grouped
from setsquare.adapters.aws_trail_facts import facts_of
from setsquare.adapters.trail_digests import MOST_BYTES
from setsquare.adapters.trail_file import MOST_DOCUMENT, read_bytes
from setsquare.adapters.trail_folder import REPORT_EVERY, SUFFIXES, may_be_export, may_hold
from setsquare.adapters.trail_workers import MOST_WORKERS, read_all, worker_count
from setsquare.errors import CloudAuth, CloudBusy, CloudFailed
from setsquare.ports.trails import TrailPart
from setsquare.powers.iam.usage.model import Gap, Window
from setsquare.text.counted import counted

_TOKEN = ("NextContinuationToken", "ContinuationToken")
_ACCOUNT = re.compile(r"(?:^|/)AWSLogs/(?:o-[a-z0-9]+/)?(\d{12})/$")
_SERVICE = re.compile(r"(?:^|/)AWSLogs/(?:o-[a-z0-9]+/)?\d{12}/([^/]+)/$")
_REGION = re.compile(r"(?:^|/)AWSLogs/(?:o-[a-z0-9]+/)?\d{12}/CloudTrail(?:-Digest)?/([a-z0-9-]+)/$")
_SERVICES = frozenset({"CloudTrail", "CloudTrail-Digest"})
_SKIPPED = re.compile(r"CloudTrail-Insight")
_LAST_DAY = "9999-12-30"
_GONE = frozenset({"NoSuchKey", "PreconditionFailed", "404", "412", "InvalidObjectState"})


class _Object(Struct, frozen=True):
    key: str
    etag: str
    size: int


class _Passed(Struct):
    """What is not fetched, having no ending: what lies beside a trail, such as the logs of other services, need not be one."""

    count: int = 0
    first: str = ""

    def add(self, key: str) -> None:
        """Count an object."""
        self.count += 1
        self.first = min(self.first or key, key)

    @property
    def sentence(self) -> str:
        """Say how many they are, and the way to have them read."""
        verb, it = ("is", "it") if self.count == 1 else ("are", "them")
        told = f"{counted(self.count, 'object')} without an ending, such as {self.first}, {verb} passed over"
        return f"{told}; download {it}: in a folder such files are read by their content"


class BucketTrail:
    """A trail in a bucket, of one account. What `known` says is kept is not fetched again."""

    __slots__ = ("_access", "_bucket", "_clients", "_known", "_prefix", "_workers")

    def __init__(self, access: AwsAccess, bucket: str, prefix: str = "", known: Callable[[str], bool] = nothing_known) -> None:
        """Read what lies below a prefix; where no account is meant, that of all accounts."""
        self._access = access
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._known = known
        # A call that somebody counts must be made in this process.
        self._workers = 1 if access.noted else MOST_WORKERS
        self._clients: dict[int, Any] = {}

    @property
    def name(self) -> str:
        """Name the source."""
        return f"s3://{self._bucket}/{self._prefix}".rstrip("/")

    # req: iam-autopilot/3.1, iam-autopilot/3.3
    def parts(self, window: Window, progress: Callable[[str], None]) -> Iterator[TrailPart]:
        """Give one part for each object that may hold events of the window, sorted by key, and what the account says about the trail.

        Raises:
            CloudFailed: the bucket cannot be listed, an object may not be read, or nothing of the account lies there.
        """
        passed = _Passed()
        listed = self._objects(window, progress, passed)
        objects = [each for each in listed if PLACE.search(each.key) is None]
        if not objects:
            whose = f" of the account {self._access.account}" if self._access.account else ""
            raise CloudFailed(
                f"{self.name} holds no CloudTrail events{whose} from {window.begin} to {window.end}.",
                f"{passed.sentence}." if passed.count else "Name the bucket and the prefix before AWSLogs, as the trail has them.",
            )
        new = [each for each in objects if not self._known(self._identity(each))]
        fresh, done = {each.key for each in new}, 0
        progress(f"{len(objects)} objects, {len(new)} of them new")
        workers = worker_count(self._workers, len(new))
        with contextlib.closing(read_all(lambda number: self._read(new[number]), len(new), workers)) as read:
            for each in objects:
                if each.key not in fresh:
                    yield TrailPart(identity=self._identity(each), uses=(), is_kept=True)
                    continue
                yield next(read)
                done += 1
                if done % REPORT_EVERY == 0:
                    progress(f"{done} of {len(new)} objects read")
        yield from self._proven(listed, window, progress)
        if passed.count:
            yield TrailPart(identity="", uses=(), gaps=(Gap(code="passed-over", reason=passed.sentence),))
        yield facts_of(self._access, lambda trail: trail.get("S3BucketName") == self._bucket, f"the bucket {self._bucket}", window)

    def _proven(self, listed: list[_Object], window: Window, progress: Callable[[str], None]) -> Iterator[TrailPart]:
        """Give what the digests prove, a part for each region and day; of those that may not be read, nothing."""
        digests = ((each.key, each.etag) for each in listed if PLACE.search(each.key) and each.size <= MOST_BYTES)
        logs = (each.key for each in listed if PLACE.search(each.key) is None)
        last = _last(window)
        groups = grouped(digests, logs, lambda folder: may_hold(f"/{folder}", window.begin, last))
        new = [group for group in groups if not self._known(group.identity(self._bucket))]
        fresh = {group.folder for group in new}
        if groups:
            progress(f"digests of {len(groups)} days and regions, {len(new)} of them new")
        workers = worker_count(self._workers, len(new))
        read_digests = read_all(lambda number: new[number].read(self._bucket, self._fetched), len(new), workers)
        with contextlib.closing(read_digests) as read:
            for group in groups:
                if group.folder in fresh:
                    yield next(read)
                else:
                    yield TrailPart(identity=group.identity(self._bucket), uses=(), is_kept=True)

    def _fetched(self, key: str, etag: str) -> bytes | None:
        """Fetch a digest; nothing where it is gone or may not be read: then it proves nothing."""
        try:
            answer = called(self._client().get_object, Bucket=self._bucket, Key=key, IfMatch=etag)
            return bytes(called(answer["Body"].read))
        except CloudFailed as error:
            if failure_code(error) not in _GONE and not was_denied(error):
                raise
            return None

    def _client(self) -> Any:
        """Give the client of this process: a socket must not be shared by two."""
        found = self._clients.get(os.getpid())
        if found is None:
            found = self._clients[os.getpid()] = self._access.client("s3")
        return found

    def _identity(self, found: _Object) -> str:
        return f"s3:{self._bucket}/{found.key}|{found.etag}"

    def _objects(self, window: Window, progress: Callable[[str], None], passed: _Passed | None = None) -> list[_Object]:
        last = _last(window)
        found: list[_Object] = []
        pending = [self._prefix]
        while pending:
            folder = pending.pop()
            if _REGION.search(folder):
                progress(f"listing {folder}")
                found += self._dated(folder, window.begin, last)
                continue
            for page in self._pages(folder, Delimiter="/"):
                found += _chosen(page, window.begin, last, passed)
                inner = (str(each["Prefix"]) for each in page.get("CommonPrefixes", ()))
                pending += [prefix for prefix in inner if self._is_walked(prefix, window.begin, last)]
        return sorted(found, key=lambda each: each.key)

    def _dated(self, folder: str, begin: str, last: str) -> Iterator[_Object]:
        """List the days of one region: names sort as days do, so the listing begins with the first and ends after the last."""
        first, end = folder + begin.replace("-", "/"), folder + last.replace("-", "/") + "/~"
        for page in self._pages(folder, StartAfter=first):
            yield from _chosen(page, begin, last)
            contents = page.get("Contents", ())
            if contents and str(contents[-1]["Key"]) > end:
                return

    def _pages(self, folder: str, **more: str) -> Iterator[Any]:
        """List a folder page by page; one of digests that may not be listed holds none."""
        try:
            yield from pages(self._client().list_objects_v2, token=_TOKEN, Bucket=self._bucket, Prefix=folder, **more)
        except CloudFailed as error:
            if PLACE.search(folder) is None or not was_denied(error):
                raise

    def _is_walked(self, prefix: str, begin: str, last: str) -> bool:
        """Tell whether something of the account's trail may lie in a folder; beside it lie other services' logs."""
        account, service = _ACCOUNT.search(prefix), _SERVICE.search(prefix)
        if account and self._access.account and account[1] != self._access.account:
            return False
        if service and service[1] not in _SERVICES:
            return False
        return _SKIPPED.search(prefix) is None and may_hold(f"/{prefix}", begin, last)

    def _read(self, found: _Object) -> TrailPart:
        """Fetch and read an object. One that is gone or archived is a gap and is asked for again next time.

        Raises:
            CloudFailed: it may not be read, or the connection broke.
        """
        if found.size > MOST_DOCUMENT:
            return _missed(found, f"it is longer than {MOST_DOCUMENT >> 20} MB")
        try:
            answer = called(self._client().get_object, Bucket=self._bucket, Key=found.key, IfMatch=found.etag)
            raw = called(answer["Body"].read)
        except (CloudAuth, CloudBusy):
            raise
        except CloudFailed as error:
            if failure_code(error) not in _GONE:
                raise
            return _missed(found, f"AWS answered {failure_code(error)}: it is gone, changed or archived")
        return read_bytes(raw, found.key, self._identity(found))


def _last(window: Window) -> str:
    """Give the last day of delivery: objects lie under the day of the event or the next."""
    return (date.fromisoformat(min(window.end, _LAST_DAY)) + timedelta(1)).isoformat()


def _chosen(page: Any, begin: str, last: str, passed: _Passed | None = None) -> Iterator[_Object]:
    for each in page.get("Contents", ()):
        key = str(each["Key"])
        if _SKIPPED.search(key) is not None or not may_hold(f"/{key}", begin, last):
            continue
        if key.lower().endswith(SUFFIXES):
            yield _Object(key, str(each["ETag"]), int(each["Size"]))
        elif passed is not None and may_be_export(key):
            passed.add(key)


def _missed(found: _Object, reason: str) -> TrailPart:
    return TrailPart(
        identity="", uses=(), gaps=(Gap(code="unreadable-file", reason=f"{found.key} could not be read: {reason}", scope=found.key),)
    )
