"""The parts of an expression of Terraform, as they are parsed.

Source: HCL Native Syntax Specification, "Expressions".
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct


class Literal(Struct, frozen=True):
    """A number, a truth value, or nothing."""

    value: str | bool | float | None


class Template(Struct, frozen=True):
    """A text with expressions in it."""

    parts: tuple[Term, ...]
    shown: str


class Attr(Struct, frozen=True):
    """A step to a field by its name."""

    name: str


class At(Struct, frozen=True):
    """A step to an item."""

    key: Term


class Splat(Struct, frozen=True):
    """A step to every item."""


Step: TypeAlias = Attr | At | Splat


class Walk(Struct, frozen=True):
    """A name or another expression, and the steps from it."""

    root: str | Term
    steps: tuple[Step, ...]
    shown: str


class Applied(Struct, frozen=True):
    """A function with its arguments; `is_spread`: the last one is a list of arguments."""

    name: str
    arguments: tuple[Term, ...]
    is_spread: bool
    shown: str


class Either(Struct, frozen=True):
    """`test ? yes : no`."""

    test: Term
    yes: Term
    no: Term


class Operation(Struct, frozen=True):
    """One or two terms under an operator."""

    operator: str
    terms: tuple[Term, ...]
    shown: str


class Listing(Struct, frozen=True):
    """A list."""

    items: tuple[Term, ...]
    shown: str


class Mapped(Struct, frozen=True):
    """An object with its keys, which may be expressions."""

    pairs: tuple[tuple[Term, Term], ...]
    shown: str


class Loop(Struct, frozen=True):
    """`for`: a list where `key` is nothing, else an object."""

    names: tuple[str, ...]
    source: Term
    key: Term | None
    value: Term
    test: Term | None
    is_grouping: bool
    shown: str


class Unparsed(Struct, frozen=True):
    """What stands there as a text that was not understood."""

    shown: str


Term: TypeAlias = str | Literal | Template | Walk | Applied | Either | Operation | Listing | Mapped | Loop | Unparsed
