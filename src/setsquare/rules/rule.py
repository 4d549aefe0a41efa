"""Holds one check that a user can see, with its page and its examples."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from typing import Final

from msgspec import Struct

from setsquare.rules.config import Value
from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Example, Finding, Severity


class Reach(enum.Enum):
    """How far a rule must look to judge one place.

    At its line, its file, all files of its spec (of OpenSpec: of its folder), those and the specs that its references name, or at all specs. A wider reach is always
    right and costs time where one file is judged again.
    """

    LINE = "line"
    FILE = "file"
    SPEC = "spec"
    LINKED = "linked"
    WORKSPACE = "workspace"


_REACHES: Final = {
    **dict.fromkeys(("EARS", "ATOM", "AMB", "NUM", "ACTOR", "DESIGN"), Reach.LINE),
    **dict.fromkeys(("TERM", "STR", "HOK", "AGT", "MCP", "CFG", "PWR", "SUP"), Reach.FILE),
    **dict.fromkeys(("RSET", "TSK", "DSN", "OSP"), Reach.SPEC),
    "TRC": Reach.LINKED,
}


class Option(Struct, frozen=True):
    """Something about a rule that a team can set."""

    name: str
    default: Value
    meaning: str


class Rule(Struct, frozen=True, kw_only=True):
    """One rule. `name` says what it finds; `severity` is the worst that it gives; `page` is its module's docstring; `since` a version.

    `is_default` is false for a rule that works only where it is asked for. `options` name what can be set, each with its default and meaning.
    `reach` says how much of a workspace the check looks at to judge one place; `None` leaves it to the family.
    """

    code: str
    name: str
    severity: Severity
    since: str
    page: str
    check: Callable[[Evidence], Iterable[Finding]]
    examples: tuple[Example, ...]
    is_default: bool = True
    options: tuple[Option, ...] = ()
    reach: Reach | None = None

    @property
    def reaches(self) -> Reach:
        """Say how far the check looks: as told, else a line for the families of sentences and the whole workspace for all others."""
        if self.reach is not None:
            return self.reach
        return _REACHES.get(self.family, Reach.WORKSPACE)

    @property
    def is_fixable(self) -> bool:
        """Tell whether the rule offers a fix, by its examples."""
        return any(example.fixed is not None for example in self.examples)

    @property
    def family(self) -> str:
        """Name the rule's family: the letters of its code."""
        return self.code.rstrip("0123456789")

    @property
    def summary(self) -> str:
        """Give the first line of the page."""
        return self.page.strip().partition("\n")[0]
