"""Bounds what a regular expression can cost before it is run.

Python's matcher backtracks: a repeat inside a repeat takes exponential time, and k open repeats in a row take about (line length)^(k+1). Patterns
of the first kind are refused; for the second kind only as much of each line is searched as keeps one line below about a second.
Source: Davis et al., "The Impact of Regular Expression Denial of Service (ReDoS) in Practice", FSE 2018.
"""

from __future__ import annotations

import re

LIMIT_PATTERN_CHARS = 500
_LIMIT_OPEN = 3
_LIMIT_OPTIONAL = 8
_LIMIT_CHOICES = 6
_CHARS_BY_OPEN = (2_000, 2_000, 400, 120)
_PART = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?P=|\(\?(?:P<\w+>|<?[=!]|[:#>]|[a-zA-Z-]+[:)])|[()|]|[*+?][?+]?|\{\d*,?\d*\}[?+]?|.", re.DOTALL
)
_BACKREFERENCE = re.compile(r"\\[1-9]")


class _Cost:
    """Counts what a pattern is made of while it is read piece by piece."""

    def __init__(self) -> None:
        self.open_repeats = 0
        self.optionals = 0
        self.choices = 0
        self.is_nested = False
        self._groups: list[bool] = [False]
        self._closed: bool | None = None

    def take(self, part: str) -> None:
        """Count one part; `_closed` is whether the group that just ended can match in several ways."""
        closed, self._closed = self._closed, None
        if part.startswith("(") and not part.endswith(")"):
            self._groups.append(False)
        elif part == ")":
            self._closed = self._groups.pop() if len(self._groups) > 1 else False
            self._groups[-1] = self._groups[-1] or self._closed
        elif part == "|":
            self.choices += 1
            self._groups[-1] = True
        elif part[0] in "*+{?" and (len(part) > 1 or part != "{"):
            self._repeat(part, is_ambiguous=bool(closed))

    def _repeat(self, part: str, *, is_ambiguous: bool) -> None:
        """Count a quantifier."""
        if part[0] == "?":
            self.optionals += 1
        else:
            self.open_repeats += 1
            self.is_nested = self.is_nested or is_ambiguous
        self._groups[-1] = True


def _cost(pattern: str) -> _Cost:
    """Read a pattern."""
    cost = _Cost()
    for part in _PART.findall(pattern):
        cost.take(part)
    return cost


def too_costly(pattern: str) -> str:
    """Say why a pattern cannot be searched for; empty when it can.

    >>> too_costly("def .*foo"), too_costly("(a+)+b")
    ('', 'a repeat inside a repeat can take for ever; write it without the outer one')
    """
    if not pattern or len(pattern) > LIMIT_PATTERN_CHARS:
        return f"a pattern has 1 to {LIMIT_PATTERN_CHARS} characters"
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        return f"not a regular expression: {error}"
    if _BACKREFERENCE.search(pattern.replace("\\\\", "")) or "(?P=" in pattern or "(?(" in pattern or "(?x" in pattern:
        return "back references, conditions and verbose patterns are not supported"
    cost = _cost(pattern)
    if cost.is_nested:
        return "a repeat inside a repeat can take for ever; write it without the outer one"
    if cost.open_repeats > _LIMIT_OPEN or cost.optionals > _LIMIT_OPTIONAL or cost.choices > _LIMIT_CHOICES * 5:
        return f"too many repeats: at most {_LIMIT_OPEN} of `*`, `+`, `{{}}` and {_LIMIT_OPTIONAL} of `?`"
    return ""


def searched_chars(pattern: str) -> int:
    """Say how many characters of each line are searched.

    >>> searched_chars("word"), searched_chars("a.*b.*c")
    (2000, 400)
    """
    return _CHARS_BY_OPEN[min(_cost(pattern).open_repeats, _LIMIT_OPEN)]
