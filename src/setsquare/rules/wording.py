"""Finds words and phrases in the prose of English criteria."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from msgspec import Struct

from setsquare.rules.evidence import Evidence, Sentence
from setsquare.rules.finding import Finding, Fix
from setsquare.rules.rule import Option, Rule
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.span import Edit, Span

EXTRA: Final = Option("extra", (), "further words or phrases that the rule finds")
ALLOWED: Final = Option("allowed", (), "words or phrases that the rule leaves alone")

MOST: Final = 50
"""How many places of one sentence a rule looks at; a line of a megabyte is no sentence."""

_NEAR: Final = 400
_LONGEST: Final = 4000
_WORD: Final = LazyPattern(r"[a-z][a-z'-]*")
_EVERYWHERE: Final = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "but",
        "by",
        "for",
        "from",
        "if",
        "in",
        "is",
        "it",
        "not",
        "of",
        "on",
        "or",
        "shall",
        "that",
        "the",
        "then",
        "to",
        "when",
        "where",
        "while",
        "with",
    ]
)
# An identifier, an address, a path or one half of a compound is no word of prose.
_BEFORE: Final = r"(?<![\w\x01./\\:#@$-])"
_BEFORE_LETTER: Final = r"(?<![\w\x01./\\:#@$-].)"
_AFTER: Final = r"(?![\w\x01\\-]|/\w|[.:@]\w|\()"
_UNIT: Final = (
    r"(?:%|percent|°|[nµm]?s\b|ms|msec|sec|min|h\b|hrs?\b|d\b|[kmgtp]i?b\b|[kmg]?bps|k?m\b|[cmn]m\b|k?g\b|px|fps|dpi|[kmg]?hz|[kmg]?w\b|m?v\b|bar\b|psi\b|"
    r"nanosecond|microsecond|millisecond|second|minute|hour|day|week|month|year|business\s|working\s|calendar\s|"
    r"byte|bit\b|bits\b|kilobyte|megabyte|gigabyte|terabyte|pixel|point|star|character|digit|letter|word|line|item|row|column|record|entr(?:y|ies)|page|"
    r"time|attempt|retr(?:y|ies)|request|user|session|connection|thread|step|level|click|tap|frame|file|core|node|instance|replica|"
    r"met(?:er|re)|mile|feet|foot|inch|degree|gram|kilo|lit(?:er|re)|volt|watt|euro|dollar|cent\b|per\b)"
)
# The first sign stands alone in front, so that a search jumps from one that may begin a measure to the next.
_SPELLED: Final = r"(?<!\w.)(?i:(?<=o)ne|(?<=t)(?:wo|hree|en|hirty)|(?<=f)ive|(?<=s)ixty)"
_MEASURE: Final = LazyPattern(
    rf"[\d<>≤≥$€£](?:(?<=\d)(?:[\d.,]{{0,20}}+\s{{0,3}}+-?+\s{{0,3}}+(?i:(?:concurrent\s+|consecutive\s+|active\s+)?{_UNIT})|\s*:\s*1\b)|"
    r"(?<=[<>≤≥])=?\s*\d|(?<=[$€£])\s*\d)"
)
_TIME: Final = LazyPattern(
    r"[\dOoTtFfSs](?:(?<=\d)[\d.,]{0,20}+\s{0,3}+-?+\s{0,3}+(?i:[nµm]?s\b|msecs?\b|secs?\b|mins?\b|h\b|hrs?\b|nanosec|microsec|millisec|second|minute|hour|day|week|month|"
    r"year|business\s|working\s|fps\b|hz\b|times\s+(?:per|a)\b|per\s+(?:second|minute|hour|day))|"
    rf"{_SPELLED}\s+(?i:(?:milli)?(?:second|minute|hour|day|week)))"
)
_DIGIT: Final = LazyPattern(rf"[\dOoTtFfSs](?:(?<=\d)|{_SPELLED}\b)")

_OPAQUE: Final = LazyPattern(
    r"(`+)(?:(?!\1).){0,400}?\1|\"[^\"]{0,400}\"|“[^”]{0,400}”|„[^“”]{0,400}[“”]|«[^»]{0,400}»|(?<!\w)'[^'\n]{1,200}'(?!\w)|(?<!\w)‘[^’\n]{1,200}’(?!\w)|"
    r"\b[a-z]{2,12}://\S+|\[[^\[\]\n]{0,300}\]\([^()\s]{0,400}\)|<!--.{0,500}?-->"
)


class Occurrence(Struct, frozen=True):
    """A word or phrase as it stands in the prose of a sentence, by its character range."""

    sentence: Sentence
    start: int
    end: int

    @property
    def written(self) -> str:
        """Give it as written."""
        return self.sentence.statement.text[self.start : self.end]

    @property
    def word(self) -> str:
        """Give it in lower case, with single spaces."""
        return " ".join(self.written.lower().split())

    @property
    def before(self) -> str:
        """Give the prose right before it, in lower case."""
        return self.sentence.statement.prose[max(0, self.start - _NEAR) : self.start].lower()

    @property
    def after(self) -> str:
        """Give the prose right behind it, in lower case."""
        return self.sentence.statement.prose[self.end : self.end + _NEAR].lower()


def occurrences(evidence: Evidence, code: str, phrases: Sequence[str]) -> Iterator[Occurrence]:
    """Find phrases in English prose, with what a team has added and without what it allows; names are passed over.

    The index of words leads to the few sentences that are searched at all.
    """
    allowed = {phrase.lower() for phrase in evidence.config.names(code, ALLOWED.name)}
    extra = tuple(phrase.lower() for phrase in evidence.config.names(code, EXTRA.name))
    wanted = [phrase for phrase in dict.fromkeys((*phrases, *extra)) if phrase not in allowed and _WORD.match(phrase)]
    sentences = evidence.having(*{rarest(phrase) for phrase in wanted})
    if sentences:
        yield from searched(sentences, _by_first_letter(wanted))


def rarest(phrase: str) -> str:
    """Choose the word of a phrase by which the index finds the fewest sentences: the longest that does not stand everywhere.

    >>> rarest("where possible"), rarest("and so on"), rarest("to be")
    ('possible', 'so', 'to')
    """
    words = _WORD.findall(phrase)
    return max((word for word in words if word not in _EVERYWHERE), key=len, default=words[0])


def searched(sentences: Sequence[Sentence], pattern: re.Pattern[str]) -> Iterator[Occurrence]:
    """Find a pattern in the lower-case prose of sentences; its group `word` is the place where it has one. Names are passed over."""
    group = "word" if "word" in pattern.groupindex else 0
    for sentence in sentences:
        for match in islice(pattern.finditer(_folded(sentence.statement.prose)), MOST):
            found = Occurrence(sentence, *match.span(group))
            if not is_name(found):
                yield found


def _folded(prose: str) -> str:
    """Write prose in lower case, of the same length: a pattern of lower-case words alone is many times faster than one of any case."""
    lowered = prose.lower()
    return lowered if len(lowered) == len(prose) else "".join(char if len(char.lower()) > 1 else char.lower() for char in prose)


def phrase_pattern(phrases: Sequence[str]) -> re.Pattern[str]:
    """Build the pattern of phrases as words of prose in any letter case, longest first.

    >>> (
    ...     bool(phrase_pattern(["fast"]).search("a FAST reply")),
    ...     bool(phrase_pattern(["fast"]).search("fast_path /fast breakfast fast-forward")),
    ... )
    (True, False)
    """
    return re.compile(_as_words(_choices(phrases)), re.IGNORECASE)


def _choices(phrases: Sequence[str]) -> str:
    return "|".join(re.escape(phrase).replace(r"\ ", r"\s+") for phrase in sorted(phrases, key=len, reverse=True))


def _as_words(alternatives: str) -> str:
    return f"{_BEFORE}(?P<word>{alternatives}){_AFTER}"


def word_pattern(alternatives: str) -> re.Pattern[str]:
    """Build a pattern whose lower-case alternatives stand as words of lower-case prose; the `re` module keeps what it has compiled.

    >>> word_pattern("quick|fast").search("be fast").group("word")
    'fast'
    """
    return re.compile(_as_words(alternatives))


def _by_first_letter(phrases: Sequence[str]) -> re.Pattern[str]:
    """Build the same pattern as `word_pattern` from phrases of lower-case prose, so that a search jumps from one of their first letters to the next.

    >>> found = _by_first_letter(["fast", "quick", "quick and easy"]).finditer("quick and easy, breakfast, fast")
    >>> [match["word"] for match in found]
    ['quick and easy', 'fast']
    """
    rests: dict[str, list[str]] = {}
    for phrase in phrases:
        rests.setdefault(phrase[0], []).append(phrase[1:])
    return re.compile(f"(?P<word>{'|'.join(f'{letter}{_BEFORE_LETTER}(?:{_choices(rest)})' for letter, rest in rests.items())}){_AFTER}")


def is_name(found: Occurrence) -> bool:
    """Tell whether a word is part of a name: of a term of the glossary, or capitalised in the middle of a sentence."""
    written, statement = found.written, found.sentence.statement
    if written[:1].isupper() and written[1:2].islower() and not _begins(statement.prose, found.start):
        return True
    requirements = found.sentence.spec.requirements
    return any(_covers(term, found) for term, _ in requirements.glossary) if requirements else False


def _begins(prose: str, start: int) -> bool:
    """Tell whether a place begins a sentence."""
    ahead = prose[max(0, start - _NEAR) : start].rstrip(" \t\x01*_")
    return not ahead or ahead[-1] in ".:;!?—–-)"


def _covers(term: str, found: Occurrence) -> bool:
    """Tell whether a glossary term of several words stands where a word was found."""
    lowered, word = term.lower(), found.written.lower()
    place = lowered.find(word)
    if place < 0 or len(lowered) <= len(word):
        return False
    start = found.start - place
    return start >= 0 and found.sentence.statement.text[start : start + len(term)].lower() == lowered


def is_measured(sentence: Sentence) -> bool:
    """Tell whether a criterion holds a number with a unit, also in parentheses."""
    text = sentence.statement.text[:_LONGEST]
    return bool(_DIGIT.search(text)) and (_MEASURE.search(text) or _TIME.search(text)) is not None


def is_timed(sentence: Sentence) -> bool:
    """Tell whether a criterion holds a time in numbers, also in parentheses."""
    text = sentence.statement.text[:_LONGEST]
    return bool(_DIGIT.search(text)) and _TIME.search(text) is not None


def word_set(*lines: str) -> frozenset[str]:
    """Make a set of the words of some lines.

    >>> sorted(word_set("a b", "c"))
    ['a', 'b', 'c']
    """
    return frozenset(word for line in lines for word in line.split())


def visible(text: str) -> str:
    """Hide code, quotes and addresses in a text, of the same length; parentheses stay, other than in the prose of a statement.

    >>> visible('log `TBD` and "TBD" (TBD)').count("TBD")
    1
    """
    return _OPAQUE.sub(lambda match: "\x01" * (match.end() - match.start()), text)


def report(rule: Rule, evidence: Evidence, found: Occurrence, message: str, hint: str) -> Finding:
    """Make a rule's finding at a word, in the rule's severity and without a fix."""
    criterion = found.sentence.criterion
    return Finding(
        code=rule.code,
        severity=rule.severity,
        path=criterion.path,
        span=place(evidence, found),
        message=message,
        hint=hint,
    )


def place(evidence: Evidence, found: Occurrence) -> Span:
    """Find the bytes of a word; where the lines of a criterion were joined without their list markers, the word is counted out."""
    criterion = found.sentence.criterion
    span = evidence.span_in(criterion, found.start, found.end)
    if span != criterion.text_span or found.end - found.start >= len(criterion.text):
        return span
    written = found.written.encode("utf-8", "surrogateescape")
    raw = evidence.raw(criterion.path)[criterion.text_span.start : criterion.text_span.end]
    start = -1
    for _ in range(found.sentence.statement.text.count(found.written, 0, found.end)):
        start = raw.find(written, start + 1)
    return Span(criterion.text_span.start + start, criterion.text_span.start + start + len(written)) if start >= 0 else span


def replacement(evidence: Evidence, found: Occurrence, text: str, *, is_safe: bool) -> Fix | None:
    """Make the fix that writes `text` in the place of a word; `None` where the file's bytes are not the words of the criterion."""
    span = place(evidence, found)
    if len(span) != len(found.written.encode("utf-8", "surrogateescape")):
        return None
    title = f'write "{text}"' if text else f'leave out "{found.written.strip()}"'
    return Fix(title=title, edits=(Edit(span, text.encode("utf-8", "surrogateescape")),), is_safe=is_safe)
