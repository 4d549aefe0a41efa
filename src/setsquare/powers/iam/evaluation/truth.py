"""Three-valued truth with its reasons: yes, no, or maybe where something is not known.

Source: S. C. Kleene, "Introduction to Metamathematics", 1952, strong three-valued logic.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Final

from msgspec import Struct


class Truth(enum.Enum):
    """Maybe: either may turn out to be right once more is known."""

    YES = "yes"
    NO = "no"
    MAYBE = "maybe"


# CPython 3.11 takes ten times as long for a member of an enum as for a name.
YES: Final = Truth.YES
NO: Final = Truth.NO
MAYBE: Final = Truth.MAYBE


class Tested(Struct, frozen=True, gc=False):
    """What a test gave, why, and for maybe the lower-case keys that would decide."""

    truth: Truth
    reason: str = ""
    keys: tuple[str, ...] = ()


HOLDS: Final = Tested(YES)
FAILS: Final = Tested(NO)


def all_of(tests: Iterable[Tested]) -> Tested:
    """Give no when one is no, else maybe when one is maybe, else yes.

    >>> all_of([HOLDS, Tested(MAYBE, "a", ("k",)), FAILS]).truth, all_of([HOLDS, Tested(MAYBE, "a", ("k",))]).keys, all_of([]).truth
    (<Truth.NO: 'no'>, ('k',), <Truth.YES: 'yes'>)
    """
    unknown: list[Tested] = []
    for test in tests:
        if test.truth is NO:
            return test
        if test.truth is MAYBE:
            unknown.append(test)
    return _merged(unknown) if unknown else HOLDS


def any_of(tests: Iterable[Tested]) -> Tested:
    """Give yes when one is yes, else maybe when one is maybe, else no.

    >>> any_of([FAILS, Tested(MAYBE), HOLDS]).truth, any_of([FAILS, Tested(MAYBE)]).truth, any_of([]).truth
    (<Truth.YES: 'yes'>, <Truth.MAYBE: 'maybe'>, <Truth.NO: 'no'>)
    """
    unknown: list[Tested] = []
    for test in tests:
        if test.truth is YES:
            return test
        if test.truth is MAYBE:
            unknown.append(test)
    return _merged(unknown) if unknown else FAILS


def negated(test: Tested) -> Tested:
    """Turn yes into no and no into yes.

    >>> negated(HOLDS).truth, negated(Tested(MAYBE)).truth
    (<Truth.NO: 'no'>, <Truth.MAYBE: 'maybe'>)
    """
    if test.truth is MAYBE:
        return test
    return Tested(NO if test.truth is YES else YES, test.reason)


def _merged(unknown: list[Tested]) -> Tested:
    if len(unknown) == 1:
        return unknown[0]
    keys = tuple(sorted({key for test in unknown for key in test.keys}))
    return Tested(MAYBE, "; ".join(dict.fromkeys(test.reason for test in unknown if test.reason)), keys)
