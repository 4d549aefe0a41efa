"""Holds the sentence openings that a team adds to the five of EARS."""

from __future__ import annotations

from msgspec import Struct

from setsquare.spec.statement import ClauseKind


# req: spec-engine/1.3
class Template(Struct, frozen=True, kw_only=True):
    """One opening: a clause that begins with `keyword` counts as the kind of `pattern`; `then` is another word for THEN after it.

    `pattern` is `event`, `state`, `unwanted` or `optional`.
    """

    name: str
    keyword: str
    pattern: str
    then: str = ""

    @property
    def kind(self) -> ClauseKind | None:
        """Name the kind of clause that the keyword opens; `None` where the pattern has no precondition.

        >>> Template(name="after", keyword="AFTER", pattern="event").kind
        <ClauseKind.WHEN: 'when'>
        """
        match self.pattern:
            case "event":
                return ClauseKind.WHEN
            case "state":
                return ClauseKind.WHILE
            case "unwanted":
                return ClauseKind.IF
            case "optional":
                return ClauseKind.WHERE
            case _:
                return None
