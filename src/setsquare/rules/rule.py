"""Holds one check that a user can see, with its page and its examples."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct

from setsquare.rules.config import Value
from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Example, Finding, Severity


class Option(Struct, frozen=True):
    """Something about a rule that a team can set."""

    name: str
    default: Value
    meaning: str


class Rule(Struct, frozen=True, kw_only=True):
    """One rule. `name` says what it finds; `severity` is the worst that it gives; `page` is its module's docstring; `since` a version.

    `is_default` is false for a rule that works only where it is asked for. `options` name what can be set, each with its default and meaning.
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
