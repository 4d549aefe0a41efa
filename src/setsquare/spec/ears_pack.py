"""Compiles the words of a language pack when a sentence of that language is met."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Final

from msgspec import Struct

from setsquare.spec.statement import ClauseKind
from setsquare.workspace.languages import LANGUAGES
from setsquare.workspace.languages.pack import Ears

_GROUPS: Final = {kind.value: kind for kind in ClauseKind}
_CLOSE: Final = r"(?![\w-])"
_OPEN: Final = r"(?<![\w-])"


class Conditional(Struct, frozen=True):
    """A condition written without a keyword in front: `pattern` matches from the start of a sentence, its group `cond` is the text."""

    kind: ClauseKind
    pattern: re.Pattern[str]


class Pack(Struct, frozen=True, dict=True):
    """One language: each pattern is compiled when it is first asked for."""

    code: str
    ears: Ears

    @cached_property
    def modals(self) -> re.Pattern[str]:
        """Give the pattern of an obligation."""
        return re.compile(self.ears.modals, re.IGNORECASE)

    @cached_property
    def negative(self) -> re.Pattern[str]:
        """Give the pattern of a prohibition."""
        return re.compile(self.ears.negative, re.IGNORECASE)

    @cached_property
    def letters(self) -> re.Pattern[str]:
        """Give the pattern of one letter of its script."""
        return re.compile(self.ears.letters)

    @cached_property
    def topic(self) -> re.Pattern[str] | None:
        """Give the pattern that ends a subject where the modal ends the sentence."""
        return re.compile(self.ears.topic) if self.ears.topic else None

    @cached_property
    def subject_after(self) -> re.Pattern[str] | None:
        """Give the pattern of a subject behind the modal."""
        return re.compile(self.ears.subject_after) if self.ears.subject_after else None

    @cached_property
    def keywords(self) -> re.Pattern[str] | None:
        """Give the pattern of the keywords; the name of the group that matched is the kind."""
        ears = self.ears
        kinds = {"when": ears.when, "while": ears.while_, "if": ears.if_, "where": ears.where}
        groups = [(kind, word) for kind, words in kinds.items() for word in words]
        if not groups:
            return None
        groups.sort(key=lambda pair: len(pair[1]), reverse=True)
        named = [rf"(?P<{kind}{index}>{word})" for index, (kind, word) in enumerate(groups)]
        return re.compile(f"{_OPEN}(?:{'|'.join(named)}){_CLOSE}", re.IGNORECASE)

    @cached_property
    def then(self) -> re.Pattern[str] | None:
        """Give the pattern of THEN."""
        words = [word if re.match(r"\W|[\u3400-\u9fff]", word) else f"{_OPEN}{word}{_CLOSE}" for word in self.ears.then]
        return re.compile("|".join(words), re.IGNORECASE) if words else None

    @cached_property
    def article(self) -> re.Pattern[str] | None:
        """Give the pattern of an article before a subject."""
        words = sorted(self.ears.articles, key=len, reverse=True)
        return re.compile("|".join(word if word.endswith("]") else rf"{word}\s+" for word in words), re.IGNORECASE) if words else None

    @cached_property
    def joins(self) -> re.Pattern[str] | None:
        """Give the pattern of what joins conditions; the group `and` or `or` matched."""
        ears = self.ears
        if not ears.and_ or not ears.or_:
            return None
        return re.compile(rf"{_spaced('and', ears.and_)}|{_spaced('or', ears.or_)}", re.IGNORECASE)

    @cached_property
    def quantifier(self) -> re.Pattern[str] | None:
        """Give the pattern of `for any …` at the start of a property."""
        return re.compile(self.ears.quantifier, re.IGNORECASE) if self.ears.quantifier else None

    @cached_property
    def within(self) -> re.Pattern[str] | None:
        """Give the pattern of a time bound; groups `value` and `unit`."""
        return re.compile(self.ears.within, re.IGNORECASE) if self.ears.within else None

    @cached_property
    def conditionals(self) -> tuple[Conditional, ...]:
        """Give the native conditions in the order in which they are tried."""
        return tuple(Conditional(_GROUPS[native.kind], re.compile(native.pattern)) for native in self.ears.natives)


def _spaced(name: str, words: tuple[str, ...]) -> str:
    """Write words that stand between blanks; those of languages without blanks stand as they are."""
    plain = "|".join(word for word in words if word.isascii() or not _is_unspaced(word))
    unspaced = "|".join(word for word in words if _is_unspaced(word))
    parts = [rf"[,，]?\s{{1,4}}(?:{plain})\s+" if plain else "", rf"[，,、]?\s{{0,4}}(?:{unspaced})[，,、]?\s*" if unspaced else ""]
    return f"(?P<{name}>{'|'.join(part for part in parts if part)})"


def _is_unspaced(word: str) -> bool:
    return any("\u3040" <= char <= "\u9fff" for char in word)


def kind_of(group: str | None) -> ClauseKind:
    """Name the kind that a keyword group stands for.

    >>> kind_of("while7").value
    'while'
    """
    return _GROUPS[(group or "when").rstrip("0123456789")]


PACKS: Final = {language.code: Pack(language.code, language.ears) for language in LANGUAGES if language.code != "en"}
"""Every language pack by its code, English excepted, whose patterns the parser itself holds."""
