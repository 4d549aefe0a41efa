"""Tells in which language a sentence is written, by its script and its function words."""

from __future__ import annotations

from typing import Final

from setsquare.spec.ears_pack import PACKS
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.workspace.languages import LANGUAGES
from setsquare.workspace.languages.others import OTHERS

_BEYOND_LATIN: Final = LazyPattern(r"[\u0100-\u024f\u0370-\u1fff\u2e80-\uffdc]")
_OTHER_SCRIPT: Final = LazyPattern(r"[\u0370-\u03ff\u0530-\u1cff\u1f00-\u1fff]")
_WORD: Final = LazyPattern(r"[^\W\d_]+")
_LOWER_ENGLISH: Final = LazyPattern(r"\b(?:THE|The|may|can|might|shall|must|should|will|when|while|if|then|and|the)\b")
_MANY_WORDS: Final = 8
_SAMPLE: Final = 4000
_OTHER_LETTERS: Final = 2

_ENGLISH: Final = frozenset(LANGUAGES[0].ears.function_words.split())
_LATIN: Final = tuple(
    (
        pack.code,
        frozenset(pack.ears.function_words.split())
        | {
            word
            for keyword in (*pack.ears.when, *pack.ears.while_, *pack.ears.if_, *pack.ears.where, *pack.ears.then)
            for word in keyword.split()
            if word.isalpha() and len(word) > 1 and word not in _ENGLISH
        },
    )
    for pack in LANGUAGES
    if pack.ears.function_words and pack.code != "en"
) + tuple(("other", frozenset(other.function_words.split())) for other in OTHERS if other.function_words)
_FOREIGN: Final = frozenset().union(*(words for _, words in _LATIN))
_SCRIPTS: Final = tuple(sorted((pack for pack in PACKS.values() if pack.ears.letters), key=lambda pack: pack.ears.breadth))


# req: check/1.4
def language(prose: str) -> str:
    """Name the language of prose: `en`, a pack's code, or `other` where no pack knows it.

    >>> (
    ...     language("WHEN ユーザーが保存する"),
    ...     language("WHEN 用户保存"),
    ...     language("le système DOIT afficher une erreur"),
    ...     language("The app logs"),
    ... )
    ('ja', 'zh', 'fr', 'en')
    """
    sample = prose[:_SAMPLE]
    if not sample.isascii() and _BEYOND_LATIN.search(sample):
        found = _by_script(sample)
        if found:
            return found
    # The lower-case article stands in no sentence of another language; the upper-case one is a keyword of every dialect.
    return "en" if " the " in sample else _latin(sample)


def _by_script(sample: str) -> str:
    """Name the language of the narrowest alphabet that the sample uses; empty for the Latin one."""
    for pack in _SCRIPTS:
        least = pack.ears.least_letters
        if (len(pack.letters.findall(sample)) >= least) if least > 1 else pack.letters.search(sample):
            return pack.code
    return "other" if len(_OTHER_SCRIPT.findall(sample)) > _OTHER_LETTERS else ""


def _latin(sample: str) -> str:
    """Choose the Latin-script language with the most function words; English where none has more."""
    found = _WORD.findall(sample.lower())
    words = set(found)
    best, code = len(words & _ENGLISH), "en"
    foreign = words & _FOREIGN
    if len(foreign) > 1:
        for name, own in _LATIN:
            score = len(foreign & own)
            if score > best and score > 1:
                best, code = score, name
    if code == "en" and not best and len(found) >= _MANY_WORDS and not _LOWER_ENGLISH.search(sample):
        return "other"
    return code
