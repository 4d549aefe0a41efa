"""Holds a JSON file's values with the bytes that each key and value was read from."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.span import Span

_INTEGER = LazyPattern(r"-?(?:0|[1-9]\d{0,17})\Z")


class JsonString(Struct, frozen=True):
    """A string, decoded; `span` covers its quotes."""

    span: Span
    value: str


class JsonNumber(Struct, frozen=True):
    """A number as written."""

    span: Span
    written: str

    @property
    def integer(self) -> int | None:
        """Give the number when it is written as an integer of at most 18 digits, else `None`."""
        return int(self.written) if _INTEGER.match(self.written) else None

    @property
    def number(self) -> float:
        """Give the nearest float; infinite when the number is too large for one."""
        return float(self.written)


class JsonBoolean(Struct, frozen=True):
    """`true` or `false`."""

    span: Span
    value: bool


class JsonNull(Struct, frozen=True):
    """`null`."""

    span: Span


class JsonArray(Struct, frozen=True):
    """An array; `span` runs from bracket to bracket."""

    span: Span
    items: tuple[JsonValue, ...] = ()


class JsonMember(Struct, frozen=True):
    """One key with its value; `key_span` covers the key's quotes."""

    key: str
    key_span: Span
    value: JsonValue


class JsonObject(Struct, frozen=True):
    """An object with its members in file order, duplicates included."""

    span: Span
    members: tuple[JsonMember, ...] = ()

    def member(self, key: str) -> JsonMember | None:
        """Find the first member of a key; `None` when there is none."""
        for member in self.members:
            if member.key == key:
                return member
        return None


JsonValue: TypeAlias = JsonString | JsonNumber | JsonBoolean | JsonNull | JsonArray | JsonObject


class JsonProblem(Struct, frozen=True):
    """Something that is wrong with a file as JSON; a warning leaves the meaning clear."""

    span: Span
    reason: str
    is_warning: bool = False


class JsonTree(Struct, frozen=True):
    """A file read as JSON: `root` is what was read up to the first error, `None` when nothing was."""

    root: JsonValue | None = None
    problems: tuple[JsonProblem, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Tell whether the file has no error, warnings aside."""
        return self.root is not None and all(problem.is_warning for problem in self.problems)

    @property
    def members(self) -> tuple[JsonMember, ...]:
        """List the members of the top object; none when the top is something else."""
        return self.root.members if isinstance(self.root, JsonObject) else ()
