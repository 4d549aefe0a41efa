"""Tells in which language a sentence is written, by its script and its function words."""

from __future__ import annotations

import re

from setsquare.spec.ears_words import ENGLISH_WORDS, LATIN_PACKS

_KANA = re.compile(r"[\u3041-\u30fa\u30fc]")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_OTHER_SCRIPT = re.compile(r"[\u0370-\u03ff\u0530-\u1cff\u1f00-\u1fff]")
_VIETNAMESE = re.compile(r"[ăđơưĂĐƠƯ\u1ea0-\u1ef9]")
_WORD = re.compile(r"[^\W\d_]+")
_LOWER_ENGLISH = re.compile(r"\b(?:THE|The|may|can|might|shall|must|should|will|when|while|if|then|and|the)\b")
_MANY_WORDS = 8
_SAMPLE = 4000


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
    if not sample.isascii():
        return _by_script(sample)
    # The lower-case article stands in no sentence of another language; the upper-case one is a keyword of every dialect.
    return "en" if " the " in sample else _latin(sample)


def _by_script(sample: str) -> str:
    if _KANA.search(sample):
        return "ja"
    if _HANGUL.search(sample):
        return "ko"
    if _HAN.search(sample):
        return "zh"
    if len(_CYRILLIC.findall(sample)) > 2:
        return "ru"
    if len(_OTHER_SCRIPT.findall(sample)) > 2 or len(_VIETNAMESE.findall(sample)) > 1:
        return "other"
    return _latin(sample)


def _latin(sample: str) -> str:
    """Choose the Latin-script language with the most function words; English where none has more."""
    found = _WORD.findall(sample.lower())
    words = set(found)
    best, code = len(words & ENGLISH_WORDS), "en"
    for pack in LATIN_PACKS:
        score = len(words & pack.words)
        if score > best and score > 1:
            best, code = score, pack.code
    if code == "en" and not best and len(found) >= _MANY_WORDS and not _LOWER_ENGLISH.search(sample):
        return "other"
    return code
