"""Reads the known escalation paths that lie in the package."""

from __future__ import annotations

import functools
from importlib import resources

import msgspec

from setsquare.powers.iam.escalation.model import EscalationPath


class _Source(msgspec.Struct, frozen=True):
    name: str
    address: str
    licence: str
    notice: str
    taken: str
    commit: str = ""


class _File(msgspec.Struct, frozen=True):
    sources: tuple[_Source, ...]
    dated: str
    paths: tuple[EscalationPath, ...]


@functools.cache
def escalation_paths() -> tuple[EscalationPath, ...]:
    """Give the known paths in the order of the file."""
    raw = resources.files("setsquare").joinpath("iam_data", "escalation_paths.json").read_bytes()
    return msgspec.json.decode(raw, type=_File).paths
