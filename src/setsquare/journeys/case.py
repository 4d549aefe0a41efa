"""Holds one failed task so that it can be played again elsewhere: the files it began with, what the model said, what people answered.

Source: requirements T10 (the smallest reproducible failure boundary).
"""

from __future__ import annotations

import base64

import msgspec
from msgspec import Struct

from setsquare.errors import Unreadable
from setsquare.events.conversation import Reply
from setsquare.events.odd_names import from_percent, in_percent, is_odd, spelled

LIMIT_BYTES = 20_000_000
"""How large the files of a case may be in all."""


class CaseFile(Struct, frozen=True, kw_only=True):
    """A file of the workspace: its text, or its bytes in base64 when it is none. `name` is the exact path where JSON cannot hold it, percent-encoded."""

    path: str
    name: str = ""
    text: str = ""
    base64: str = ""

    @property
    def place(self) -> str:
        """Give the path as it is on the disk."""
        return from_percent(self.name) if self.name else self.path

    @property
    def raw(self) -> bytes:
        """Give the bytes."""
        return base64.b64decode(self.base64) if self.base64 else self.text.encode()


def case_file(path: str, raw: bytes) -> CaseFile:
    r"""Hold a file.

    >>> case_file("a", b"x").raw, case_file("b", b"\xff\x00").raw
    (b'x', b'\xff\x00')
    """
    shown, name = (spelled(path), in_percent(path)) if is_odd(path) else (path, "")
    try:
        return CaseFile(path=shown, name=name, text=raw.decode())
    except UnicodeDecodeError:
        return CaseFile(path=shown, name=name, base64=base64.b64encode(raw).decode())


class Said(Struct, frozen=True, kw_only=True):
    """One turn of the model: its reply, or the error code of its failure."""

    reply: Reply | None = None
    fails: str = ""


class Ending(Struct, frozen=True, kw_only=True):
    """How the task stopped: the run's code (empty when it was done) and the last rule that decided."""

    code: str
    rule: str = ""


class Case(Struct, frozen=True, kw_only=True):
    """A task that went wrong, with everything that it depends on; secrets are left out."""

    schema: str = "setsquare/case/1"
    made_with: str
    run: str
    spec: str
    task: str
    mode: str
    autonomy: str
    verify: str
    environment: str = ""
    limit_steps: int = 200
    ending: Ending
    said: tuple[Said, ...]
    answers: tuple[str, ...] = ()
    files: tuple[CaseFile, ...] = ()
    left_out: tuple[str, ...] = ()


def write_case(case: Case) -> bytes:
    """Write a case as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(case), indent=1) + b"\n"


def read_case(raw: bytes) -> Case:
    """Read a case.

    Raises:
        Unreadable: it is none, or one of a newer version.
    """
    try:
        case = msgspec.json.decode(raw, type=Case)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"The file is no case: {error}.", "Export one: `setsquare case export RUN FILE`.") from error
    if case.schema != "setsquare/case/1":
        raise Unreadable(f"The case has the version `{case.schema}`, which this Setsquare does not know.", "Use a newer Setsquare.")
    return case
