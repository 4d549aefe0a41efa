"""Cuts a large file of an account's details down to the roles that are meant before it is read: of a hundred thousand roles a few are asked for.

What is left out stays as empty lines, so that a problem is found on the line where it is.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Sequence

import msgspec
from msgspec import Raw, Struct

from setsquare.text.lazy_pattern import LazyPattern

LARGE_BYTES = 4_000_000
"""A shorter file is read whole: then everything that is wrong in it is told."""

MOST_OTHERS = 5
"""Where the file has no role that is meant, so many others stay, to be named."""

_ARN = LazyPattern(r'"arn:[^"]*"')


class _Page(Struct):
    RoleDetailList: list[Raw] | None = None
    Policies: list[Raw] | None = None
    UserDetailList: list[Raw] | None = None
    GroupDetailList: list[Raw] | None = None


class _Placed(Struct, frozen=True):
    """A page and where it stands in the file."""

    page: _Page
    begin: int
    end: int


class _Named(Struct):
    Arn: str


class _Role(Struct):
    RoleName: str
    Path: str = "/"


class Scoped(Struct, frozen=True):
    """A file with the roles that are meant, and the names and paths of those that were left out."""

    raw: bytes
    others: tuple[tuple[str, str], ...] = ()


class _Cut(Struct, frozen=True):
    """The values of one list: where it begins and ends, and where those that stay do."""

    begin: int
    end: int
    kept: tuple[tuple[int, int], ...]


class _Chosen(Struct, frozen=True):
    """The values of a list, and the places of those that stay."""

    values: Sequence[Raw]
    kept: set[int]


class _NotFollowedError(Exception):
    """The file has another shape than the one that is cut."""


_FAULTS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, _NotFollowedError)


def of_role(raw: bytes, role: str, least: int = LARGE_BYTES) -> bytes:
    r"""Leave out of account authorization details, one page or a list of pages, if they are at least so long, all but a role and the policies that it names; anything else stays as it is.

    >>> raw = b'{"RoleDetailList": [{"RoleName": "a"},\n{"RoleName": "b"}], "UserDetailList": [{"UserName": "c"}], "Policies": []}'
    >>> of_role(raw, "b", 0)
    b'{"RoleDetailList": [\n{"RoleName": "b"}], "UserDetailList": [], "Policies": []}'
    >>> of_role(b'{"Version": ', "b", 0)
    b'{"Version": '
    """
    # A name that the page may write in more than one way cannot be looked for in its bytes.
    if not role or len(raw) < least or not role.isascii() or any(sign in role for sign in '"\\/'):
        return raw
    name = f'"{role}"'.encode()
    try:
        pages = _pages(raw)
        meant = {place for place, entry in _entries(pages) if name in bytes(entry) or b"\\u" in bytes(entry)}
        return _cut_down(raw, pages, meant or _first(pages))
    except _FAULTS:
        return raw


def of_roles(raw: bytes, is_meant: Callable[[str, str], bool], least: int = LARGE_BYTES) -> Scoped:
    """Leave out of account authorization details, one page or a list of pages, if they are at least so long, the roles that are not meant, told by name and path.

    >>> raw = b'{"RoleDetailList": [{"RoleName": "a"}, {"RoleName": "b", "Path": "/x/"}]}'
    >>> of_roles(raw, lambda name, path: name == "a", 0)
    Scoped(raw=b'{"RoleDetailList": [{"RoleName": "a"}]}', others=(('b', '/x/'),))
    """
    if len(raw) < least:
        return Scoped(raw)
    try:
        pages = _pages(raw)
        roles = [(place, msgspec.json.decode(entry, type=_Role)) for place, entry in _entries(pages)]
        meant = {place for place, role in roles if is_meant(role.RoleName, role.Path)} or _first(pages)
        others = tuple((role.RoleName, role.Path) for place, role in roles if place not in meant)
        return Scoped(_cut_down(raw, pages, meant), others)
    except _FAULTS:
        return Scoped(raw)


_Place = tuple[int, int]
"""The number of a page, and that of a role on it."""


def _pages(raw: bytes) -> list[_Placed]:
    """Find the pages.

    Raises:
        _NotFollowedError: something else than commas stands between them.
        msgspec.MsgspecError: the file is neither a page nor a list of pages.
    """
    if not raw.lstrip().startswith(b"["):
        return [_Placed(_decoder().decode(raw), 0, len(raw))]
    values = msgspec.json.decode(raw, type=list[Raw])
    at = raw.find(b"[") + 1
    found = []
    for number, (begin, end) in enumerate(_spans(raw, values, at)):
        if b"".join(raw[at:begin].split()) != (b"," if number else b""):
            raise _NotFollowedError
        found.append(_Placed(_decoder().decode(values[number]), begin, end))
        at = end
    return found


def _spans(raw: bytes, values: Sequence[Raw], at: int) -> Iterator[tuple[int, int]]:
    """Find values one after another.

    Raises:
        _NotFollowedError: one is not there.
    """
    for value in values:
        begin = raw.find(bytes(value), at)
        if begin < 0:
            raise _NotFollowedError
        at = begin + len(value)
        yield begin, at


def _entries(pages: Sequence[_Placed]) -> Iterator[tuple[_Place, Raw]]:
    return (((number, at), entry) for number, placed in enumerate(pages) for at, entry in enumerate(placed.page.RoleDetailList or ()))


def _first(pages: Sequence[_Placed]) -> set[_Place]:
    """Choose roles to be named where none is meant."""
    return {place for place, _entry in itertools.islice(_entries(pages), MOST_OTHERS)}


def _cut_down(raw: bytes, pages: Sequence[_Placed], meant: set[_Place]) -> bytes:
    if not any(placed.page.RoleDetailList for placed in pages):
        return raw
    # A role's policies may stand on another page.
    arns = {arn for place, entry in _entries(pages) if place in meant for arn in _arns(entry)}
    cuts = [cut for number, placed in enumerate(pages) for cut in _cuts(raw, placed, {at for page, at in meant if page == number}, arns)]
    return b"".join(_left(raw, sorted(cuts, key=lambda cut: cut.begin)))


def _cuts(raw: bytes, placed: _Placed, meant: set[int], arns: set[str]) -> Iterator[_Cut]:
    page = placed.page
    policies = page.Policies or []
    named = {at for at, policy in enumerate(policies) if msgspec.json.decode(policy, type=_Named).Arn in arns}
    lists = (
        ("RoleDetailList", page.RoleDetailList, meant),
        ("Policies", policies, named),
        ("UserDetailList", page.UserDetailList, set[int]()),
        ("GroupDetailList", page.GroupDetailList, set[int]()),
    )
    yield from (_cut(raw, placed, key, _Chosen(values, kept)) for key, values, kept in lists if values)


def _arns(entry: Raw) -> Iterator[str]:
    """Give the ARNs in a role's details, those of its policies and its boundary among them, however they are written."""
    plain = msgspec.json.encode(msgspec.json.decode(entry)).decode("utf-8")
    return (found[0][1:-1] for found in _ARN.finditer(plain))


def _cut(raw: bytes, placed: _Placed, key: str, chosen: _Chosen) -> _Cut:
    """Find the values of a page's list in the file.

    Raises:
        _NotFollowedError: the key stands more than once, or something else than commas between the values.
    """
    quoted = f'"{key}"'.encode()
    at = raw.find(quoted, placed.begin, placed.end)
    if at < 0 or raw.find(quoted, at + 1, placed.end) >= 0:
        raise _NotFollowedError
    at += len(quoted)
    between, first = b":[", -1
    kept: list[tuple[int, int]] = []
    for number, (begin, end) in enumerate(_spans(raw, chosen.values, at)):
        if b"".join(raw[at:begin].split()) != between:
            raise _NotFollowedError
        between, first = b",", begin if first < 0 else first
        at = end
        if number in chosen.kept:
            kept.append((begin, end))
    # What stands before the first value stays: its line breaks are those of the bracket.
    return _Cut(first, at, tuple(kept))


def _left(raw: bytes, cuts: Sequence[_Cut]) -> Iterator[bytes]:
    """Give what stays, with the line breaks of what does not."""
    at = 0
    for cut in cuts:
        yield raw[at : cut.begin]
        at = cut.begin
        for number, (begin, end) in enumerate(cut.kept):
            yield (b"," if number else b"") + b"\n" * raw.count(b"\n", at, begin) + raw[begin:end]
            at = end
        yield b"\n" * raw.count(b"\n", at, cut.end)
        at = cut.end
    yield raw[at:]


@functools.cache
def _decoder() -> msgspec.json.Decoder[_Page]:
    return msgspec.json.Decoder(_Page)
