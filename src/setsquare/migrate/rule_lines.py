"""Takes the single rules out of instruction files: list items and sentences that stand alone on a line."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from setsquare.migrate.fences import outside_fences
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.paths import RelPath

_BULLET = LazyPattern(r"[ \t>]*(?:(?:[-*+•]|\d{1,3}[.)])[ \t]+)?(?:\[[ xX]\][ \t]+)?")
_MARK = LazyPattern(r"\*\*|__|(?<!\w)[*_]|[*_](?!\w)")
_HEADING = LazyPattern(r"#{1,6}[ \t]+(.+?)[ \t#]*\Z")
_RULE_OFF = LazyPattern(r"[\W_]*\Z")
_LINK = LazyPattern(r"\[([^\]]*)\]\([^)]*\)")
_WORD = LazyPattern(r"[^\W_]+(?:[.'’/+#-][^\W_]+)*[+#]*")
_LONGEST = 400
"""A longer line is prose, not a rule."""


class RuleLine(Struct, frozen=True, kw_only=True):
    """One rule. `text` is as written without its bullet and emphasis, `words` are its words in lower case; `heading` is what it stands under.

    `scope` says for which files the rule is; rules of different scopes do not speak against each other.
    """

    path: RelPath
    line: int
    text: str
    words: tuple[str, ...]
    heading: str = ""
    scope: tuple[str, ...] = ()


def rule_lines(path: RelPath, text: str, first: int = 1, scope: tuple[str, ...] = ()) -> tuple[RuleLine, ...]:
    r"""List the rules of a text that begins at line `first` of its file.

    >>> [(rule.line, rule.text, rule.heading) for rule in rule_lines(RelPath("a.md"), "# Style\n- **Use** tabs.\n```\ncode\n```\n")]
    [(2, 'Use tabs.', 'Style')]
    """
    return tuple(_rules(path, text, first, scope))


def _rules(path: RelPath, text: str, first: int, scope: tuple[str, ...]) -> Iterator[RuleLine]:
    heading = ""
    for number, line in outside_fences(text):
        if found := _HEADING.match(line):
            heading = found[1]
            continue
        bare = _BULLET.sub("", line, 1) if line else ""
        if not bare or len(bare) > _LONGEST or bare.startswith("|") or _RULE_OFF.match(bare):
            continue
        plain = _LINK.sub(r"\1", _MARK.sub("", bare)).strip()
        words = tuple(match[0].lower() for match in _WORD.finditer(plain))
        if words:
            yield RuleLine(path=path, line=first + number - 1, text=plain, words=words, heading=heading, scope=scope)
