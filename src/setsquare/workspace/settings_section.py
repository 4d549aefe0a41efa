"""Reads the values of one JSON object fail-closed: a wrong value becomes the one that its reader names, and is reported."""

from __future__ import annotations

from msgspec import Struct

from setsquare.text.json_tree import JsonArray, JsonBoolean, JsonMember, JsonNumber, JsonObject, JsonString
from setsquare.text.paths import RelPath
from setsquare.text.span import Span
from setsquare.workspace.artefact import Malformed

LIMIT_COUNT = 1_000_000_000_000
"""The largest number that any count may have."""


class Complaints:
    """Collects what is wrong with one file."""

    __slots__ = ("found", "path")

    def __init__(self, path: RelPath) -> None:
        """Start with none."""
        self.path = path
        self.found: list[Malformed] = []

    def add(self, span: Span, reason: str, *, is_warning: bool = False) -> None:
        """Report one thing."""
        self.found.append(Malformed(self.path, span, reason, is_warning))


class Section(Struct, frozen=True):
    """One object of the file, read key by key; `name` is its dotted path, empty for the whole file."""

    name: str
    value: JsonObject
    complaints: Complaints

    def member(self, key: str) -> JsonMember | None:
        """Find a key."""
        return self.value.member(key)

    def dotted(self, key: str) -> str:
        """Write a key with the path to it."""
        return f"{self.name}.{key}" if self.name else key

    def wrong(self, key: str, expected: str, instead: str) -> None:
        """Report a wrong or missing value and what is used instead."""
        member = self.member(key)
        self.complaints.add(member.value.span if member else self.value.span, f"{self.dotted(key)} must be {expected}; {instead}")

    def section(self, key: str, instead: str) -> Section | None:
        """Find an object; `None` when it is absent or no object (and reported)."""
        member = self.member(key)
        if member is None:
            return None
        if isinstance(member.value, JsonObject):
            return Section(self.dotted(key), member.value, self.complaints)
        self.wrong(key, "an object", instead)
        return None

    def integer(self, key: str, absent: int, invalid: int, least: int = 0) -> int:
        """Read a count."""
        member = self.member(key)
        if member is None:
            return absent
        number = member.value.integer if isinstance(member.value, JsonNumber) else None
        if number is None or not least <= number <= LIMIT_COUNT:
            self.wrong(key, f"an integer from {least} to {LIMIT_COUNT}", f"read as {invalid}")
            return invalid
        return number

    def number(self, key: str, absent: float, invalid: float, most: float, *, allows_zero: bool) -> float:
        """Read a number from 0 to `most`."""
        member = self.member(key)
        if member is None:
            return absent
        number = member.value.number if isinstance(member.value, JsonNumber) else -1.0
        if 0 < number <= most or (allows_zero and number == 0):
            return number
        self.wrong(
            key,
            f"a number {'from' if allows_zero else 'above'} 0 {'to' if allows_zero else 'and at most'} {most:g}",
            f"read as {invalid:g}",
        )
        return invalid

    def boolean(self, key: str, *, absent: bool, invalid: bool) -> bool:
        """Read `true` or `false`."""
        member = self.member(key)
        if member is None:
            return absent
        if isinstance(member.value, JsonBoolean):
            return member.value.value
        self.wrong(key, "true or false", f"read as {str(invalid).lower()}")
        return invalid

    def choice(self, key: str, choices: tuple[str, ...], absent: str, invalid: str) -> str:
        """Read one of a few words, in any letter case."""
        member = self.member(key)
        if member is None:
            return absent
        written = member.value.value.lower() if isinstance(member.value, JsonString) else ""
        if written in choices:
            return written
        self.wrong(key, " or ".join(f'"{choice}"' for choice in choices), f"read as {invalid}")
        return invalid

    def text(self, key: str) -> str | None:
        """Read a string that is not blank; `None` when it is absent or wrong (and reported)."""
        member = self.member(key)
        if member is None:
            return None
        if isinstance(member.value, JsonString) and member.value.value.strip():
            return member.value.value
        self.wrong(key, "a string that is not empty", "the value is not used")
        return None

    def strings(self, key: str, instead: str) -> tuple[str, ...] | None:
        """Read a list of strings that are not blank; `None` when it is wrong (and reported), empty when it is absent."""
        member = self.member(key)
        if member is None:
            return ()
        items = member.value.items if isinstance(member.value, JsonArray) else None
        texts = () if items is None else tuple(item.value for item in items if isinstance(item, JsonString) and item.value.strip())
        if items is None or len(texts) != len(items):
            self.wrong(key, "a list of strings that are not empty", instead)
            return None
        return texts
