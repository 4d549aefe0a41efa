"""Keeps what happened to a spec: one committed JSON Lines file a spec, only ever added to, so that branches merge.

Lines are read in the order of their times, so that it does not matter which side of a merge came first. A line that cannot be read is
reported and stays where it is.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable

import msgspec
from msgspec import Struct

from setsquare.spec.approval import spec_key
from setsquare.text.paths import RelPath, joined
from setsquare.workspace.spec import Spec

VERSION = 1


class Kind(enum.Enum):
    """What can happen to a spec."""

    CREATED = "created"
    STATUS = "status"
    APPROVED = "approved"
    REGENERATED = "regenerated"
    OUT_OF_SCOPE = "out-of-scope"
    VERIFIED = "verified"
    ACCEPTED = "accepted"
    ARCHIVED = "archived"
    UNARCHIVED = "unarchived"
    RENAMED = "renamed"
    SPLIT = "split"
    ROLLED_BACK = "rolled-back"
    DRILL = "drill"


class Status(enum.Enum):
    """What a team means to do with a spec; it is said by people, unlike the state, which is computed."""

    DRAFT = "draft"
    ACTIVE = "active"
    ON_HOLD = "on-hold"
    COMPLETE = "complete"
    ABANDONED = "abandoned"


class Happening(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line: when (`at`, ISO 8601), who, what, and a sentence about it.

    `status`, `owner` and `labels` are set by lines of kind `status`: an empty one leaves what was; `labels` with `-` in front are taken away.
    """

    at: str
    by: str
    kind: Kind
    detail: str = ""
    status: Status | None = None
    owner: str = ""
    labels: tuple[str, ...] = ()
    v: int = VERSION


class Lifecycle(Struct, frozen=True, kw_only=True):
    """What a spec's history adds up to; times are empty where nothing of the kind happened. `broken` are the numbers of unreadable lines."""

    status: Status | None = None
    owner: str = ""
    labels: tuple[str, ...] = ()
    created_at: str = ""
    verified_at: str = ""
    verified_by: str = ""
    drilled_at: str = ""
    last_at: str = ""
    happenings: tuple[Happening, ...] = ()
    broken: tuple[int, ...] = ()


_decoder = msgspec.json.Decoder(Happening)


def history_path(spec: Spec) -> RelPath:
    """Name the file that holds what happened to a spec.

    >>> history_path(Spec(name="login", path=RelPath(".kiro/specs/login"), root=RelPath(".kiro")))
    '.setsquare/history/login.jsonl'
    """
    return joined(".setsquare/history", spec_key(spec) + ".jsonl")


def encode_happening(happening: Happening) -> bytes:
    r"""Write one line.

    >>> encode_happening(Happening(at="2026-01-01T00:00:00Z", by="Ada", kind=Kind.CREATED))
    b'{"at":"2026-01-01T00:00:00Z","by":"Ada","kind":"created"}\n'
    """
    spelled = msgspec.structs.replace(
        happening, by=_spelled(happening.by), detail=_spelled(happening.detail), owner=_spelled(happening.owner)
    )
    return msgspec.json.encode(spelled) + b"\n"


def _spelled(text: str) -> str:
    """Write bytes that are not UTF-8 as escapes: a line of JSON cannot hold them."""
    return text.encode("utf-8", "backslashreplace").decode()


def read_history(raw: bytes) -> Lifecycle:
    r"""Read a history file.

    >>> line = encode_happening(Happening(at="2026-01-01T00:00:00Z", by="Ada", kind=Kind.STATUS, status=Status.ACTIVE, owner="Eve"))
    >>> found = read_history(line + b"<<<<<<< HEAD\n")
    >>> found.status, found.owner, found.broken
    (<Status.ACTIVE: 'active'>, 'Eve', (2,))
    """
    found: dict[Happening, None] = {}
    broken: list[int] = []
    for number, line in enumerate(raw.split(b"\n"), 1):
        if not line.strip():
            continue
        happening = _read(line)
        if happening is None:
            broken.append(number)
        else:
            found[happening] = None
    return _folded(sorted(found, key=lambda item: item.at), tuple(broken))


def _read(line: bytes) -> Happening | None:
    """Read one line; a newer version's is none that can be understood."""
    try:
        happening = _decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return happening if 1 <= happening.v <= VERSION else None


def _folded(happenings: Iterable[Happening], broken: tuple[int, ...]) -> Lifecycle:
    """Add the lines up."""
    listed = tuple(happenings)
    labels: dict[str, None] = {}
    for label in (label for item in listed for label in item.labels):
        if label.startswith("-"):
            labels.pop(label[1:], None)
        else:
            labels[label] = None
    verified = _last(listed, Kind.VERIFIED)
    drilled = _last(listed, Kind.DRILL)
    created = next((item.at for item in listed if item.kind is Kind.CREATED), "")
    return Lifecycle(
        status=next((item.status for item in reversed(listed) if item.status), None),
        owner=next((item.owner for item in reversed(listed) if item.owner), ""),
        labels=tuple(labels),
        created_at=created,
        verified_at=verified.at if verified else "",
        verified_by=verified.by if verified else "",
        drilled_at=drilled.at if drilled else "",
        last_at=listed[-1].at if listed else "",
        happenings=listed,
        broken=broken,
    )


def _last(listed: tuple[Happening, ...], kind: Kind) -> Happening | None:
    return next((item for item in reversed(listed) if item.kind is kind), None)
