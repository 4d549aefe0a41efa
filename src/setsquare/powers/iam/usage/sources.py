"""Where a trail lies, as a person writes it: a path, `s3://bucket/prefix`, `logs:GROUP`, `lookup`, `lake:ARN`."""

from __future__ import annotations

import enum

from msgspec import Struct

from setsquare.text.lazy_pattern import LazyPattern

_BUCKET = LazyPattern(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\Z")
_GROUP = LazyPattern(r"[A-Za-z0-9_\-/.#]{1,512}\Z")
_REGION = LazyPattern(r"[a-z]{2,4}(?:-[a-z]+)+-\d\Z")
_LAKE = LazyPattern(r"(?:arn:[a-z0-9-]+:cloudtrail:[a-z0-9-]+:\d{12}:eventdatastore/)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")


class SourceKind(enum.Enum):
    """What holds a trail."""

    PATH = "path"
    SETTINGS = "settings"
    BUCKET = "s3"
    LOG_GROUP = "logs"
    LOOKUP = "lookup"
    LAKE = "lake"


class TrailSource(Struct, frozen=True, kw_only=True):
    """One source. `place` is a path, a bucket, a log group or an event data store; `inner` the prefix in a bucket; `regions` those of LookupEvents that were named.

    `problem` says what is wrong with the words, empty when nothing is.
    """

    kind: SourceKind
    place: str = ""
    inner: str = ""
    regions: tuple[str, ...] = ()
    problem: str = ""

    @property
    def is_remote(self) -> bool:
        """Tell whether it lies beyond this machine."""
        return self.kind is not SourceKind.PATH


def source_of(written: str) -> TrailSource:
    """Read what a person wrote; nothing means the log group of the settings.

    >>> source_of("s3://trails/org").inner, source_of("lookup:us-east-1,eu-west-1").regions, source_of("./lookup").kind.value
    ('org', ('us-east-1', 'eu-west-1'), 'path')
    >>> source_of("logs:").problem
    'it names no log group'
    """
    if not written:
        return TrailSource(kind=SourceKind.SETTINGS)
    if written.startswith("s3://"):
        bucket, _, prefix = written[5:].partition("/")
        problem = "" if _BUCKET.match(bucket) else "it names no bucket"
        return TrailSource(kind=SourceKind.BUCKET, place=bucket, inner=prefix.strip("/"), problem=problem)
    if written.startswith("logs:"):
        problem = "" if _GROUP.match(written[5:]) else "it names no log group"
        return TrailSource(kind=SourceKind.LOG_GROUP, place=written[5:], problem=problem)
    if written == "lookup" or written.startswith("lookup:"):
        regions = tuple(filter(None, written[7:].split(",")))
        wrong = [region for region in regions if not _REGION.match(region)]
        return TrailSource(kind=SourceKind.LOOKUP, regions=regions, problem=f"{wrong[0]} is no name of an AWS region" if wrong else "")
    if written.startswith("lake:"):
        problem = "" if _LAKE.match(written[5:]) else "it names no event data store, by its ARN or its id"
        return TrailSource(kind=SourceKind.LAKE, place=written[5:], problem=problem)
    return TrailSource(kind=SourceKind.PATH, place=written)
