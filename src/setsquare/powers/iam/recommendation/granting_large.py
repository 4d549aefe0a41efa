"""Cuts a large file of an account's details down to the roles that are meant before it is read: of a hundred thousand roles a few are asked for.

What is left out stays as empty lines, so that a problem is found on the line where it is.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence

import msgspec
from msgspec import Raw, Struct

from setsquare.text.lazy_pattern import LazyPattern

LARGE_BYTES = 4_000_000
"""A shorter file is read whole: then everything that is wrong in it is told."""

MOST_OTHERS = 5
"""Where the file has no role that is meant, so many others stay, to be named."""

_LISTS = ("RoleDetailList", "Policies", "UserDetailList", "GroupDetailList")
_ARN = LazyPattern(r'"arn:[^"]*"')


class _Page(Struct):
    RoleDetailList: list[Raw] | None = None
    Policies: list[Raw] | None = None
    UserDetailList: list[Raw] | None = None
    GroupDetailList: list[Raw] | None = None


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


class _NotFollowedError(Exception):
    """The file has another shape than the one that is cut."""


_FAULTS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, _NotFollowedError)


def of_role(raw: bytes, role: str, least: int = LARGE_BYTES) -> bytes:
    r"""Leave out of one page of account authorization details, if it is at least so long, all but a role and the policies that it names; anything else stays as it is.

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
        page = _decoder().decode(raw)
        entries = page.RoleDetailList or []
        meant = {at for at, entry in enumerate(entries) if name in bytes(entry) or b"\\u" in bytes(entry)}
        return _cut_down(raw, page, meant or set(range(MOST_OTHERS)))
    except _FAULTS:
        return raw


def of_roles(raw: bytes, is_meant: Callable[[str, str], bool], least: int = LARGE_BYTES) -> Scoped:
    """Leave out of one page of account authorization details, if it is at least so long, the roles that are not meant, told by name and path.

    >>> raw = b'{"RoleDetailList": [{"RoleName": "a"}, {"RoleName": "b", "Path": "/x/"}]}'
    >>> of_roles(raw, lambda name, path: name == "a", 0)
    Scoped(raw=b'{"RoleDetailList": [{"RoleName": "a"}]}', others=(('b', '/x/'),))
    """
    if len(raw) < least:
        return Scoped(raw)
    try:
        page = _decoder().decode(raw)
        roles = [msgspec.json.decode(entry, type=_Role) for entry in page.RoleDetailList or []]
        meant = {at for at, role in enumerate(roles) if is_meant(role.RoleName, role.Path)} or set(range(MOST_OTHERS))
        others = tuple((role.RoleName, role.Path) for at, role in enumerate(roles) if at not in meant)
        return Scoped(_cut_down(raw, page, meant), others)
    except _FAULTS:
        return Scoped(raw)


def _cut_down(raw: bytes, page: _Page, meant: set[int]) -> bytes:
    if not page.RoleDetailList:
        return raw
    return b"".join(_left(raw, sorted(_cuts(raw, page, meant), key=lambda cut: cut.begin)))


def _cuts(raw: bytes, page: _Page, meant: set[int]) -> Iterator[_Cut]:
    entries = page.RoleDetailList or []
    yield _cut(raw, "RoleDetailList", entries, meant.__contains__)
    policies = page.Policies or []
    arns = {arn for at in meant if at < len(entries) for arn in _arns(entries[at])}
    named = {at for at, policy in enumerate(policies) if msgspec.json.decode(policy, type=_Named).Arn in arns}
    yield from (_cut(raw, "Policies", policies, named.__contains__),) if policies else ()
    for key, others in (("UserDetailList", page.UserDetailList), ("GroupDetailList", page.GroupDetailList)):
        yield from (_cut(raw, key, others, lambda _at: False),) if others else ()


def _arns(entry: Raw) -> Iterator[str]:
    """Give the ARNs in a role's details, those of its policies and its boundary among them, however they are written."""
    plain = msgspec.json.encode(msgspec.json.decode(entry)).decode("utf-8")
    return (found[0][1:-1] for found in _ARN.finditer(plain))


def _cut(raw: bytes, key: str, values: Sequence[Raw], is_kept: Callable[[int], bool]) -> _Cut:
    """Find the values of a list in the file.

    Raises:
        _NotFollowedError: the key stands more than once, or something else than commas between the values.
    """
    quoted = f'"{key}"'.encode()
    at = raw.find(quoted)
    if at < 0 or raw.find(quoted, at + 1) >= 0:
        raise _NotFollowedError
    at += len(quoted)
    between, begin = b":[", -1
    kept: list[tuple[int, int]] = []
    for number, value in enumerate(values):
        found = raw.find(bytes(value), at)
        if found < 0 or b"".join(raw[at:found].split()) != between:
            raise _NotFollowedError
        between, begin = b",", found if begin < 0 else begin
        at = found + len(value)
        if is_kept(number):
            kept.append((found, at))
    # What stands before the first value stays: its line breaks are those of the bracket.
    return _Cut(begin, at, tuple(kept))


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
