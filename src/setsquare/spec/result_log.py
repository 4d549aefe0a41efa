"""Writes and reads the recorded test runs of a workspace, newest first."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Struct

from setsquare.spec.results import TestRun

VERSION: Final = 1
_MOST_RUNS: Final = 20


class _Log(Struct, frozen=True, kw_only=True):
    """The whole file."""

    v: int
    runs: tuple[TestRun, ...] = ()


_decoder = msgspec.json.Decoder(_Log)


def encode_runs(runs: tuple[TestRun, ...]) -> bytes:
    """Write the newest runs.

    >>> read_runs(encode_runs(()))
    ()
    """
    return msgspec.json.encode(_Log(v=VERSION, runs=runs[:_MOST_RUNS])) + b"\n"


def read_runs(raw: bytes) -> tuple[TestRun, ...]:
    """Read runs; what cannot be understood is none, since results can be recorded again.

    >>> read_runs(b"nonsense")
    ()
    """
    if not raw:
        return ()
    try:
        log = _decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ()
    return log.runs if log.v == VERSION else ()
