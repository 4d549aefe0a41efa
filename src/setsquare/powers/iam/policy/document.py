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
    """One condition key under one operator, both as written; it holds when one of the values does (or none, for negated operators)."""

    operator: str
    key: str
    values: tuple[str, ...]


class Principals(Struct, frozen=True):
    """Whom a statement of a resource or trust policy names, by kind: `AWS`, `Service`, `Federated`, `CanonicalUser`, or `*` alone."""

    kind: str
    values: tuple[str, ...]


class Statement(Struct, frozen=True, kw_only=True):
    """One statement. `None` tells an element that is absent from one that is empty; words are as written.

    `index` counts from 0 in its policy; `span` covers the statement in the file it was read from, `Span(0, 0)` where there is none.
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


class Policy(Struct, frozen=True, kw_only=True):
    """A policy document. `version` is empty where the document names none."""

    statements: tuple[Statement, ...]
    version: str = ""
    id: str = ""

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
