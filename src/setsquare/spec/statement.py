"""Holds one EARS sentence as its parts."""

from __future__ import annotations

import enum

from msgspec import Struct


class Pattern(enum.Enum):
    """The EARS pattern of a sentence, by its set of precondition keywords."""

    UBIQUITOUS = "ubiquitous"
    EVENT = "event"
    STATE = "state"
    UNWANTED = "unwanted"
    OPTIONAL = "optional"
    COMPLEX = "complex"
    PROPERTY = "property"
    NONE = "none"


class ClauseKind(enum.Enum):
    """The keyword that opens a precondition."""

    WHEN = "when"
    WHILE = "while"
    IF = "if"
    WHERE = "where"


class Clause(Struct, frozen=True, kw_only=True):
    """One precondition: `keyword` as written, `text` without keyword and separators; `start` and `end` are character offsets in the sentence.

    `is_closed` is false where no comma, THEN or subject with modal ends it. `is_postfix` marks a condition after the response.
    """

    kind: ClauseKind
    keyword: str
    text: str
    start: int
    end: int
    is_closed: bool = True
    is_postfix: bool = False


class Timing(Struct, frozen=True, kw_only=True):
    """A bound on the response: `op` is `within`, `for`, `after`, `every`, `immediately` or `until`; `value` the number as written, `unit` as written.

    For `until`, `value` is empty and `unit` holds the condition.
    """

    op: str
    value: str = ""
    unit: str = ""


class Statement(Struct, frozen=True, kw_only=True):
    """One parsed sentence.

    `subject` is the acting system as written without its article, empty when missing; `subject_at` and `modal_at` are character ranges in
    `text` (start, end; (0, 0) when missing). `modal` is as written (`SHALL`, `should`, `必须`), empty when missing; `modal_kind` is `shall`,
    `must`, `should`, `may`, `can`, `will`, `might`, `localised` or empty. `is_negative` is true for SHALL NOT. `response` is what follows
    the modal. `prose` is `text` with code, quotes, parentheses and links hidden, of the same length: word rules read it. `has_then` tells that THEN ends the preconditions. `language` is `en`, `zh`, `ja`, … by the script and words of the sentence, `other` when no pack knows it.
    """

    text: str
    pattern: Pattern
    clauses: tuple[Clause, ...] = ()
    subject: str = ""
    subject_at: tuple[int, int] = (0, 0)
    modal: str = ""
    modal_kind: str = ""
    modal_at: tuple[int, int] = (0, 0)
    is_negative: bool = False
    response: str = ""
    timing: Timing | None = None
    has_then: bool = False
    language: str = "en"
    prose: str = ""

    @property
    def patterns(self) -> tuple[str, ...]:
        """List the precondition kinds in written order, each once."""
        return tuple(dict.fromkeys(clause.kind.value for clause in self.clauses))
