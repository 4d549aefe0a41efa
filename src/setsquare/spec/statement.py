"""Holds one EARS sentence as its parts."""

from __future__ import annotations

import enum
from typing import Final, Protocol

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


class Atom(Struct, frozen=True):
    """One of the conditions that AND and OR join in a clause: `join` is `and` or `or`, empty for the first."""

    text: str
    join: str = ""


class Clause(Struct, frozen=True, kw_only=True):
    """One precondition: `keyword` as written, `text` without keyword and separators; `start` and `end` are character offsets in the sentence.

    `atoms` are its conditions, one where nothing is joined. `is_closed` is false where no comma, THEN or subject with modal ends it.
    `is_postfix` marks a condition after the response.
    """

    kind: ClauseKind
    keyword: str
    text: str
    start: int
    end: int
    is_closed: bool = True
    is_postfix: bool = False
    atoms: tuple[Atom, ...] = ()


class Timing(Struct, frozen=True, kw_only=True):
    """A bound on the response: `op` is `within`, `for`, `after`, `every`, `immediately` or `until`; `value` the number as written, `unit` as written.

    `normal_unit` is the unit by one name: `ns`, `µs`, `ms`, `s`, `min`, `h`, `d`, `wk`, `mo`, `y`, or the written one in lower case. `bound` is
    `least` (at least, no sooner than), `most` (at most, less than, no later than) or empty. `since` is the event from which the time counts, where it is named.
    For `until`, `value` is empty and `unit` holds the condition.
    """

    op: str
    value: str = ""
    unit: str = ""
    normal_unit: str = ""
    bound: str = ""
    since: str = ""


class Postcondition(Struct, frozen=True, kw_only=True):
    """A condition behind the response: `word` is `when`, `if`, `while`, `where`, `unless`, `until`, `only when`, …; offsets as in a clause."""

    word: str
    text: str
    start: int
    end: int


class Obligation(Struct, frozen=True, kw_only=True):
    """One of the obligations that a sentence states, in written order.

    `subject` is the acting system, taken from the obligation before where `is_restated` is false. `clauses` are preconditions of its own
    (`; IF the write fails, THEN …`); without any, those of the sentence hold. `continues` marks SHALL CONTINUE TO. `items` are the entries
    of a list below it. `start` and `end` are the character offsets of the response.
    """

    subject: str
    modal: str
    modal_kind: str
    response: str
    start: int
    end: int
    is_negative: bool = False
    is_restated: bool = True
    is_alternative: bool = False
    continues: bool = False
    clauses: tuple[Clause, ...] = ()
    timing: Timing | None = None
    items: tuple[str, ...] = ()

    @property
    def polarity(self) -> str:
        """Name the polarity: `positive` or `negative`."""
        return "negative" if self.is_negative else "positive"


class Duties(Protocol):
    """What a sentence obliges to, worked out when somebody first asks: most who read a sentence need only its pattern and its words."""

    @property
    def responses(self) -> tuple[Obligation, ...]:
        """List the obligations in written order."""

    @property
    def timing(self) -> Timing | None:
        """Give the first bound on the whole response."""


class _NoDuties(Struct, frozen=True):
    """Those of a sentence without a modal."""

    @property
    def responses(self) -> tuple[Obligation, ...]:
        """List none."""
        return ()

    @property
    def timing(self) -> Timing | None:
        """Give none."""
        return None


NO_DUTIES: Final = _NoDuties()


class Form(enum.Enum):
    """How a sentence is built.

    `CANONICAL`: commas part its clauses, or it has none. `THEN_NO_COMMA`: an upper-case THEN, or a THEN without a comma before it.
    `POSTFIX`: its only conditions stand behind the response. `NONE`: no EARS sentence, or a property.
    Source: the `form` values of the labelled criteria.
    """

    CANONICAL = "canonical"
    THEN_NO_COMMA = "then_no_comma"
    POSTFIX = "postfix"
    NONE = "n/a"


class Statement(Struct, frozen=True, kw_only=True):
    """One parsed sentence.

    `subject` is the acting system as written without its article, empty when missing; `subject_at` and `modal_at` are character ranges in
    `text` (start, end; (0, 0) when missing). `modal` is as written (`SHALL`, `should`, `必须`), empty when missing; `modal_kind` is `shall`,
    `must`, `should`, `may`, `can`, `will`, `might`, `localised` or empty. `is_negative` is true for SHALL NOT, `continues` for SHALL CONTINUE
    TO. `response` is what follows the modal up to the end; `duties` cut it into obligations, at least one where there is a modal, and read
    its time bound; `postconditions` are the conditions in it. `prose` is `text` with code, quotes, parentheses and links hidden, of the same length: word
    rules read it. `has_then` tells that THEN ends the preconditions. `language` is `en`, `zh`, `ja`, … by the script and words of the
    sentence, `other` when no pack knows it.
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
    continues: bool = False
    response: str = ""
    duties: Duties = NO_DUTIES
    postconditions: tuple[Postcondition, ...] = ()
    has_then: bool = False
    form: Form = Form.NONE
    language: str = "en"
    prose: str = ""

    @property
    def responses(self) -> tuple[Obligation, ...]:
        """List the obligations in written order."""
        return self.duties.responses

    @property
    def timing(self) -> Timing | None:
        """Give the first bound on the response."""
        return self.duties.timing

    @property
    def patterns(self) -> tuple[str, ...]:
        """List the precondition kinds in written order, each once."""
        return tuple(dict.fromkeys(clause.kind.value for clause in self.clauses))

    @property
    def polarity(self) -> str:
        """Name the polarity: `positive` or `negative`."""
        return "negative" if self.is_negative else "positive"
