"""A policy as its author wrote it.

Source: AWS, IAM User Guide, "IAM JSON policy element reference" and "Grammar of the IAM JSON policy language".
"""

from __future__ import annotations

import enum

from msgspec import Struct

from setsquare.text.span import Span

LEGACY_VERSION = "2008-10-17"
"""What holds where a policy names no version: variables are literal text then."""
CURRENT_VERSION = "2012-10-17"


class Effect(enum.Enum):
    """What a statement does."""

    ALLOW = "Allow"
    DENY = "Deny"


class Condition(Struct, frozen=True):
    """One condition key under one operator, both as written; it holds when one of the values does (or none, for negated operators).

    `is_bare`: the values were written as numbers or booleans; `is_scalar`: one value was written without a list.
    """

    operator: str
    key: str
    values: tuple[str, ...]
    is_bare: bool = False
    is_scalar: bool = False


class Principals(Struct, frozen=True):
    """Whom a statement of a resource or trust policy names, by kind: `AWS`, `Service`, `Federated`, `CanonicalUser`, or `*` alone."""

    kind: str
    values: tuple[str, ...]


class Statement(Struct, frozen=True, kw_only=True):
    """One statement. `None` tells an element that is absent from one that is empty; words are as written.

    `index` counts from 0 in its policy; `span` covers the statement in the file it was read from, `Span(0, 0)` where there is none. `scalars` name the
    elements that were written as one string where a list may stand: `Action`, `Resource`, `Principal.AWS`.
    """

    effect: Effect
    index: int = 0
    sid: str = ""
    actions: tuple[str, ...] | None = None
    not_actions: tuple[str, ...] | None = None
    resources: tuple[str, ...] | None = None
    not_resources: tuple[str, ...] | None = None
    principals: tuple[Principals, ...] | None = None
    not_principals: tuple[Principals, ...] | None = None
    conditions: tuple[Condition, ...] = ()
    span: Span = Span(0, 0)
    scalars: tuple[str, ...] = ()


class Policy(Struct, frozen=True, kw_only=True):
    """A policy document. `version` is empty where the document names none; `is_single`: its one statement was written without a list."""

    statements: tuple[Statement, ...]
    version: str = ""
    id: str = ""
    is_single: bool = False

    @property
    def has_variables(self) -> bool:
        """Tell whether `${...}` is a variable here, not text."""
        return self.version == CURRENT_VERSION


class PolicyProblem(Struct, frozen=True):
    """What is wrong with a document; `is_fatal` when it cannot be judged at all, so that nothing may be claimed about it."""

    code: str
    reason: str
    line: int = 0
    is_fatal: bool = True
