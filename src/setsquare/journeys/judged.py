"""Holds the result of judging files in a form that can be kept and read without loading the files as specs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Struct

from setsquare.ports.cache import Cache
from setsquare.rules.finding import Disabled, Finding, Severity
from setsquare.text.paths import RelPath
from setsquare.text.span import Span


class SpecPlace(Struct, frozen=True):
    """A judged spec: its name and its folder."""

    name: str
    path: RelPath


class Judged(Struct, frozen=True, kw_only=True):
    """What all selected rules say of some files.

    `concealed` are the stretches that must not be shown. `names` are those of the rules that have a finding, by code; `reaches` how far each of
    them looks, by code. `fail_on` and `baseline` are what the team has set.
    """

    findings: tuple[Finding, ...]
    disabled: tuple[Disabled, ...]
    concealed: tuple[tuple[RelPath, Span], ...]
    specs: tuple[SpecPlace, ...] = ()
    names: dict[str, str] = {}
    reaches: dict[str, str] = {}
    fail_on: Severity | None = None
    baseline: str = ""


def key_of(identity: str, files: Mapping[RelPath, bytes], asked: Iterable[str]) -> str:
    """Name everything that a judgement depends on: the program, what was asked for, and the files with their settings.

    >>> key_of("1", {}, ()) != key_of("2", {}, ()) != key_of("1", {RelPath("a"): b""}, ())
    True
    """
    digest = hashlib.sha256(b"judged 1\0" + identity.encode())
    for part in asked:
        digest.update(b"\0" + part.encode("utf-8", "surrogateescape"))
    for path in sorted(files):
        digest.update(b"\0\0" + path.encode("utf-8", "surrogateescape") + b"\0" + hashlib.sha256(files[path]).digest())
    return digest.hexdigest()


def recalled(cache: Cache, key: str) -> Judged | None:
    """Read a kept judgement; `None` when there is none that can be read."""
    raw = cache.get(key)
    if raw is None:
        return None
    try:
        return msgspec.msgpack.decode(raw, type=Judged)
    except (msgspec.MsgspecError, ValueError):
        return None


def remember(cache: Cache, key: str, judged: Judged) -> None:
    """Keep a judgement; one that holds bytes which are no text is judged anew each time."""
    try:
        raw = msgspec.msgpack.encode(judged)
    except UnicodeEncodeError:
        return
    cache.put(key, raw)
