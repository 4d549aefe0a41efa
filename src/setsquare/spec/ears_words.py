"""Lists the words that English EARS sentences are made of; those of other languages are in their packs.

Source: EARS, Mavin et al., RE'09 (keywords).
"""

from __future__ import annotations

from typing import Final

from setsquare.spec.statement import ClauseKind

KEYWORDS: Final = {
    "when": ClauseKind.WHEN,
    "whenever": ClauseKind.WHEN,
    "upon": ClauseKind.WHEN,
    "once": ClauseKind.WHEN,
    "while": ClauseKind.WHILE,
    "whilst": ClauseKind.WHILE,
    "during": ClauseKind.WHILE,
    "where": ClauseKind.WHERE,
    "if": ClauseKind.IF,
}
"""The English keywords in lower case, with the precondition that each opens."""

MODAL_KINDS: Final = {
    "shall": "shall",
    "must": "must",
    "should": "should",
    "may": "may",
    "can": "can",
    "cannot": "can",
    "can't": "can",
    "will": "will",
    "won't": "will",
    "might": "might",
    "mustn't": "must",
    "shouldn't": "should",
    "shan't": "shall",
}
"""The English modals in lower case, with the kind that a statement reports."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


DETERMINERS: Final = ("the", "an", "a", "all", "each", "every", "any", "no", "both", "its", "their", "this", "that", "these", "those")

PRONOUNS: Final = ("it", "they", "we", "i", "you", "he", "she")

PLAIN_SUBJECTS: Final = _words(
    "system application app service server api platform component module tool cli ui user users client backend frontend website page form dialog database gateway device controller "
    "software agent parser engine administrator admin developer"
)
"""Lower-case nouns that may stand as a subject right before a modal, without article and comma."""

IMPERATIVES: Final = _words(
    "add allow apply archive ask assign block calculate cancel check clear close collect compute confirm convert copy create delete deny disable display download emit enable encrypt "
    "ensure execute export fetch filter flag generate hide highlight ignore import include initialize insert invalidate keep load lock log maintain mark merge move navigate notify open "
    "parse persist play preserve prevent print process prompt provide publish queue read record redirect refresh reject reload remove rename render replace report request reset restore "
    "retain retrieve retry return rollback run save scroll search select send serve set show skip sort start stop store stream submit sync synchronize terminate throw track trigger trim update "
    "abort accept activate append approve authenticate authorize broadcast call decrypt deactivate decrement delay destroy detect discard dismiss drop "
    "escalate extract fail find forward grant handle hash identify increment inform install invoke launch make mask normalize offer omit override pause "
    "permit proceed push put raise recalculate reconnect recover reduce refuse register release remind reopen resend resize respond resume reuse revert "
    "revoke rotate sanitize schedule shut suggest suppress suspend switch terminate throttle transfer truncate turn unlock unsubscribe wipe "
    "upload use validate verify wait warn write"
)
"""Base forms of verbs with which an order begins (`save to DB`)."""
