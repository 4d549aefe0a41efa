"""Keeps results that can be computed again."""

from __future__ import annotations

from typing import Protocol


class Cache(Protocol):
    """Stores bytes under names that say all of what they were computed from; it may forget anything at any time and never raises."""

    @property
    def identity(self) -> str:
        """Name the program that computes: another version, or changed sources, is another program; empty when nothing is kept."""
        ...

    def get(self, key: str) -> bytes | None:
        """Give what was stored, exactly as it was; `None` when it is not there any more. A key is 64 hexadecimal digits."""
        ...

    def put(self, key: str, value: bytes) -> None:
        """Store bytes, or do not."""
        ...


class NoCache:
    """Keeps nothing."""

    @property
    def identity(self) -> str:
        """Name no program."""
        return ""

    def get(self, key: str) -> bytes | None:
        """Give nothing."""
        del key
        return None

    def put(self, key: str, value: bytes) -> None:
        """Store nothing."""
        del key, value
