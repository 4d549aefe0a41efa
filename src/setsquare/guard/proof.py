"""Holds what a test proves, so that two versions of it can be compared: its assertions by strength, its cases, whether it runs at all."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Mapping

from msgspec import Struct


class Strength(enum.IntEnum):
    """How much an assertion demands: nothing, that something is there, a property of it, one exact value."""

    NOTHING = 0
    PRESENT = 1
    BOUNDED = 2
    EXACT = 3


class Assertion(Struct, frozen=True, kw_only=True):
    """One assertion.

    `text` is its code with local names masked, `subject` what it is about, `expected` the constants that it compares with (empty for none).
    `slack` is how far off a value may be, or the bound of a comparison, larger being weaker; `None` where there is none.
    """

    text: str
    subject: str
    strength: Strength
    expected: str = ""
    slack: float | None = None


class Proof(Struct, frozen=True, kw_only=True):
    """What one test proves.

    `name` is its name with those of the groups around it, `body` the digest of its code without the name. `cases` counts its parameters and rows, `literals`
    are the constants in them. `skipped` says what keeps it from running, empty for nothing. `mocks` are names that it replaces, `calls` the
    names that its assertions call. `effort` is how many examples a property test tries, 0 for the default.
    """

    name: str
    body: str
    assertions: tuple[Assertion, ...] = ()
    cases: int = 1
    literals: frozenset[str] = frozenset()
    skipped: str = ""
    mocks: frozenset[str] = frozenset()
    calls: frozenset[str] = frozenset()
    effort: int = 0

    @property
    def strengths(self) -> tuple[Strength, ...]:
        """List the strengths of what it asserts, the strongest first; what demands nothing is left out.

        >>> Proof(name="t", body="").strengths
        ()
        """
        return tuple(sorted((one.strength for one in self.assertions if one.strength), reverse=True))


class FileProofs(Struct, frozen=True, kw_only=True):
    """What the tests of one file prove, by name.

    `switches` are what turns tests off for the whole file or singles some out. `imports` says from which module a name is taken.
    """

    tests: Mapping[str, Proof]
    switches: Mapping[str, int]
    imports: Mapping[str, str] = {}


class Weakness(Struct, frozen=True, order=True):
    """Something that was proved and is not any more: where, which test (empty for the file), and what."""

    path: str
    test: str
    what: str

    @property
    def line(self) -> str:
        """Write it on one line.

        >>> Weakness("t.py", "test_a", "is gone").line
        't.py: `test_a` is gone'
        """
        return f"{self.path}: `{self.test}` {self.what}" if self.test else f"{self.path}: {self.what}"


def fingerprint(code: str) -> str:
    """Name code by its text.

    >>> fingerprint("a") == fingerprint("a")
    True
    """
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()[:16]
