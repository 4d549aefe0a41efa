"""Patterns of `*` and `?` as atoms, matched in time linear in the text whatever the pattern is.

A pattern is never turned into a regular expression with quantifiers: two thousand stars cost two thousand searches, not an exponential one.
"""

from __future__ import annotations

import enum
import operator
import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeAlias

from msgspec import Struct


class Wild(enum.Enum):
    """What stands for other characters: one or any number of them, any characters or none that is a colon."""

    ONE = "?"
    ANY = "*"
    ONE_IN_SEGMENT = "? without colon"
    ANY_IN_SEGMENT = "* without colon"


class Variable(Struct, frozen=True):
    """A policy variable that is not resolved: `text` is it as written, `${aws:username}`."""

    text: str


Atom: TypeAlias = str | Wild | Variable
"""One character, one wildcard or one unresolved variable."""

_WILDS = {"*": Wild.ANY, "?": Wild.ONE}
_ONES = {Wild.ONE: ".", Wild.ONE_IN_SEGMENT: "[^:]"}
_SEGMENTS = 5
"""Colons of an ARN before its resource part."""


class Glob(Struct, frozen=True):
    """A compiled pattern: `matches` tells whether a whole text is of its language."""

    atoms: tuple[Atom, ...]
    matches: Callable[[str], bool]


def wild_atoms(pattern: str) -> tuple[Atom, ...]:
    """Read every `*` and `?` of a text as a wildcard; stars in a row are one.

    >>> wild_atoms("a**")
    ('a', <Wild.ANY: '*'>)
    """
    return joined(_WILDS.get(character, character) for character in pattern)


def joined(atoms: Iterable[Atom]) -> tuple[Atom, ...]:
    """Give atoms with every run of stars as one star."""
    kept: list[Atom] = []
    for atom in atoms:
        if atom is not Wild.ANY or not kept or kept[-1] is not Wild.ANY:
            kept.append(atom)
    return tuple(kept)


def in_segments(atoms: Iterable[Atom]) -> tuple[Atom, ...]:
    """Keep the wildcards of an ARN inside their segments, as AWS does.

    A `*` that ends a segment reaches beyond colons; any other `*` and every `?` of the first five segments stays in its own. In the resource part, after the
    fifth colon, a colon is a character like others: S3 keys and log streams hold colons.

    Source: AWS, IAM User Guide, "IAM JSON policy elements: Resource", "Using wildcards in resource ARNs".

    >>> in_segments(wild_atoms("a*b:*"))[1], in_segments(wild_atoms("a*b:*"))[-1]
    (<Wild.ANY_IN_SEGMENT: '* without colon'>, <Wild.ANY: '*'>)
    """
    listed = list(atoms)
    colons = 0
    for index, atom in enumerate(listed):
        if atom == ":":
            colons += 1
            if colons == _SEGMENTS:
                break
        elif atom is Wild.ONE:
            listed[index] = Wild.ONE_IN_SEGMENT
        elif atom is Wild.ANY and not _ends_segment(listed, index):
            listed[index] = Wild.ANY_IN_SEGMENT
    return tuple(listed)


def _ends_segment(atoms: list[Atom], index: int) -> bool:
    return index + 1 == len(atoms) or atoms[index + 1] == ":"


def compiled(atoms: tuple[Atom, ...]) -> Glob:
    """Compile a pattern. An unresolved variable matches nothing.

    >>> compiled(wild_atoms("s3:*bject")).matches("s3:GetObject"), compiled(wild_atoms("a?")).matches("a")
    (True, False)
    """
    if any(isinstance(atom, Variable) for atom in atoms):
        return Glob(atoms, _never)
    if Wild.ANY_IN_SEGMENT in atoms:
        return Glob(atoms, partial(_runs, Machine(atoms)))
    pieces = _pieces(atoms)
    first = pieces[0].text
    if len(pieces) == 1:
        return Glob(atoms, partial(operator.eq, first) if first is not None else partial(_is_whole, pieces[0]))
    if len(pieces) == 2 and first is not None and pieces[1].text == "":
        return Glob(atoms, partial(_begins, first) if first else _always)
    return Glob(atoms, partial(_holds, pieces, sum([piece.width for piece in pieces])))


class _Piece(Struct, frozen=True):
    """What stands between two stars: a text, or an expression of fixed width where it holds `?`."""

    width: int
    text: str | None
    expression: re.Pattern[str] | None = None

    def begins(self, text: str) -> bool:
        """Tell whether a text begins with it."""
        return self.expression.match(text) is not None if self.expression else text.startswith(self.text or "")

    def ends(self, text: str) -> bool:
        """Tell whether a text of at least its width ends with it."""
        return self.expression.match(text, len(text) - self.width) is not None if self.expression else text.endswith(self.text or "")

    def found(self, text: str, start: int, end: int) -> int:
        """Give the first place where it stands in a range, -1 where it does not."""
        if self.expression is None:
            return text.find(self.text or "", start, end)
        match = self.expression.search(text, start, end)
        return match.start() if match else -1


def _never(_text: str) -> bool:
    return False


def _always(_text: str) -> bool:
    return True


def _begins(head: str, text: str) -> bool:
    return text.startswith(head)


def _is_whole(piece: _Piece, text: str) -> bool:
    return len(text) == piece.width and piece.begins(text)


def _pieces(atoms: tuple[Atom, ...]) -> tuple[_Piece, ...]:
    pieces: list[list[str | Wild]] = [[]]
    for atom in atoms:
        if atom is Wild.ANY:
            pieces.append([])
        elif not isinstance(atom, Variable):
            pieces[-1].append(atom)
    return tuple([_piece(piece) for piece in pieces])


def _piece(atoms: list[str | Wild]) -> _Piece:
    letters = [atom for atom in atoms if isinstance(atom, str)]
    if len(letters) == len(atoms):
        return _Piece(len(atoms), "".join(letters))
    written = "".join([re.escape(atom) if isinstance(atom, str) else _ONES[atom] for atom in atoms])
    return _Piece(len(atoms), None, re.compile(written, re.DOTALL))


def _holds(pieces: tuple[_Piece, ...], shortest: int, text: str) -> bool:
    """Match pieces between stars: the first at the start, the last at the end, the others leftmost one after another."""
    first, last = pieces[0], pieces[-1]
    if len(text) < shortest or not first.begins(text) or not last.ends(text):
        return False
    start, end = first.width, len(text) - last.width
    for piece in pieces[1:-1]:
        found = piece.found(text, start, end)
        if found < 0:
            return False
        start = found + piece.width
    return True


class Machine:
    """A pattern as a bit-parallel automaton: bit `i` of a state set says that the first `i` atoms have been read.

    It knows the stars that stay in a segment, and it is what the language operations walk over.
    """

    __slots__ = ("accepting", "any_star", "one", "one_segment", "segment_star", "spelt", "start", "variables")

    def __init__(self, atoms: tuple[Atom, ...]) -> None:
        """Take a pattern's atoms."""
        self.spelt: dict[str, int] = {}
        self.variables: dict[Variable, int] = {}
        self.one = self.one_segment = self.any_star = self.segment_star = 0
        for index, atom in enumerate(atoms):
            bit = 1 << index
            if isinstance(atom, str):
                self.spelt[atom] = self.spelt.get(atom, 0) | bit
            elif isinstance(atom, Variable):
                self.variables[atom] = self.variables.get(atom, 0) | bit
            else:
                self._add(atom, bit)
        self.accepting = 1 << len(atoms)
        self.start = self.closed(1)

    def _add(self, wild: Wild, bit: int) -> None:
        match wild:
            case Wild.ONE:
                self.one |= bit
            case Wild.ONE_IN_SEGMENT:
                self.one_segment |= bit
            case Wild.ANY:
                self.any_star |= bit
            case Wild.ANY_IN_SEGMENT:
                self.segment_star |= bit

    def closed(self, states: int) -> int:
        """Add the states that are reached by reading nothing: every star may be empty, and none follows another."""
        return states | (states & (self.any_star | self.segment_star)) << 1

    def after(self, states: int, character: str) -> int:
        """Read one character."""
        if character == ":":
            return self.closed(((states & (self.spelt.get(":", 0) | self.one)) << 1) | (states & self.any_star))
        moving = self.spelt.get(character, 0) | self.one | self.one_segment
        return self.closed(((states & moving) << 1) | (states & (self.any_star | self.segment_star)))

    def after_variable(self, states: int, variable: Variable) -> int:
        """Read what a variable may stand for: only itself and a star without bounds match whatever it is."""
        return self.closed(((states & self.variables.get(variable, 0)) << 1) | (states & self.any_star))


def _runs(machine: Machine, text: str) -> bool:
    states = machine.start
    for character in text:
        states = machine.after(states, character)
        if not states:
            return False
    return bool(states & machine.accepting)
