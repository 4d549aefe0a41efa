"""Tries whether credentials have a permission, by a call that reads next to nothing."""

from __future__ import annotations

import enum
from typing import Protocol

from msgspec import Struct


class Standing(enum.Enum):
    """What a try showed."""

    GRANTED = "granted"
    MISSING = "missing"
    UNKNOWN = "unknown"


class Tried(Struct, frozen=True):
    """The outcome of one try, and what AWS said where that helps."""

    standing: Standing
    said: str = ""


class PermissionProbe(Protocol):
    """Tries the calls that read an account."""

    def tried(self, operation: str) -> Tried:
        """Try one operation, `service:Operation`.

        Raises:
            setsquare.errors.CloudFailed: the credentials are not accepted at all.
        """
        ...
