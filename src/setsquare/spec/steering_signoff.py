"""Keeps who signed which steering file off in which role, and says what is missing where a team demands it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec import Struct

from setsquare.spec.signoff import holds
from setsquare.text.paths import RelPath
from setsquare.text.plan import Digest
from setsquare.workspace.settings import Governance

STEERING_LOG: Final = RelPath(".setsquare/steering.jsonl")
"""The one file of all steering sign-offs, a JSON line each."""


class SteeringSignOff(Struct, frozen=True, kw_only=True):
    """One person's sign-off of one steering file's bytes in one role."""

    path: str
    digest: Digest
    role: str
    by: str
    at: str
    v: int = 1


class Unsigned(Struct, frozen=True, order=True):
    """A steering file that lacks the sign-off of a role."""

    path: str
    role: str


_decoder = msgspec.json.Decoder(SteeringSignOff)


def encode_sign_off(sign_off: SteeringSignOff) -> bytes:
    r"""Write one line.

    >>> encode_sign_off(SteeringSignOff(path="a", digest=Digest("d"), role="architect", by="Ada", at=""))[:11]
    b'{"path":"a"'
    """
    return msgspec.json.encode(sign_off) + b"\n"


def read_sign_offs(raw: bytes) -> tuple[tuple[SteeringSignOff, ...], tuple[int, ...]]:
    r"""Read the log: the sign-offs in order, and the numbers of the lines that are none.

    >>> read_sign_offs(b"nothing\n")
    ((), (1,))
    """
    found: list[SteeringSignOff] = []
    bad: list[int] = []
    for number, line in enumerate(raw.split(b"\n"), 1):
        try:
            found += [_decoder.decode(line)] if line.strip() else []
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            bad.append(number)
    return tuple(found), tuple(bad)


def unsigned(governance: Governance, files: Iterable[tuple[str, Digest]], log: bytes) -> tuple[Unsigned, ...]:
    """List the sign-offs that are missing for the steering files as they are; a role counts only from somebody who holds it now.

    >>> unsigned(Governance(steering_roles=("architect",)), [("steering/tech.md", Digest("d"))], b"")
    (Unsigned(path='steering/tech.md', role='architect'),)
    """
    given = {(item.path, item.digest, item.role) for item in read_sign_offs(log)[0] if holds(governance, item.role, item.by)}
    return tuple(Unsigned(path, role) for path, name in files for role in governance.steering_roles if (path, name, role) not in given)
