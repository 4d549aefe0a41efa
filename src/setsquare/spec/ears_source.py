"""Holds a sentence with what is needed to read it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from setsquare.spec.ears_language import language
from setsquare.spec.ears_mask import masked
from setsquare.spec.ears_pack import PACKS, Pack
from setsquare.spec.template import Template

_NO_PATTERNS: Final[tuple[re.Pattern[str], ...]] = ()


class Source(Struct, frozen=True):
    """A sentence: `prose` is the masked text from which words are read, from offset `begin` on.

    `openers` are patterns of keywords besides the English ones (the group that matched names the kind), `thens` such of THEN.
    """

    text: str
    prose: str
    begin: int
    lang: str
    pack: Pack | None
    openers: tuple[re.Pattern[str], ...] = _NO_PATTERNS
    thens: tuple[re.Pattern[str], ...] = _NO_PATTERNS


def source_of(text: str, templates: Sequence[Template] = ()) -> Source:
    """Mask a text, tell its language and gather the words to read it by.

    >>> source = source_of("- THE X SHALL go")
    >>> source.begin, source.lang
    (2, 'en')
    """
    mask = masked(text)
    lang = language(mask.text[mask.start :] if mask.start else mask.text)
    pack = PACKS.get(lang)
    if pack is None and not templates:
        return Source(text, mask.text, mask.start, lang, None)
    openers = [opener for opener in (_opener(templates), pack.keywords if pack else None) if opener]
    thens = [then for then in (pack.then if pack else None, _then(templates)) if then]
    return Source(text, mask.text, mask.start, lang, pack, tuple(openers), tuple(thens))


def _opener(templates: Sequence[Template]) -> re.Pattern[str] | None:
    """Write the keywords of templates as one pattern, the longest first."""
    known = [(template.kind, template.keyword.split()) for template in templates if template.keyword.split()]
    pairs = sorted(((kind, words) for kind, words in known if kind), key=lambda pair: len(" ".join(pair[1])), reverse=True)
    groups = [rf"(?P<{kind.value}{index}>{_words(words)})" for index, (kind, words) in enumerate(pairs)]
    return re.compile(rf"(?<![\w-])(?:{'|'.join(groups)})(?![\w-])", re.IGNORECASE) if groups else None


def _then(templates: Sequence[Template]) -> re.Pattern[str] | None:
    words = [_words(template.then.split()) for template in templates if template.then.strip()]
    return re.compile(rf"(?<![\w-])(?:{'|'.join(words)})(?![\w-])", re.IGNORECASE) if words else None


def _words(words: Sequence[str]) -> str:
    return r"\s+".join(re.escape(word) for word in words)
