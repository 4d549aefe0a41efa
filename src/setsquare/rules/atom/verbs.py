"""A response joins two actions.

What: after SHALL and its verb a second verb with an object of its own follows an `and` or `then`: `validate the form and send an e-mail`.

Why: two actions are two things to build and two to test; if they always go together, the sentence may stay as it is.

Example: `WHEN a customer pays, THE Store SHALL store the order and send a receipt`

Instead: two criteria under the same condition

Fix safety: no fix; only its writer knows whether the actions belong together.

Source: INCOSE Guide to Writing Requirements, R19 (combinators). Only English is judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import criteria
from setsquare.spec.ears_words import IMPERATIVES
from setsquare.spec.statement import Statement

_FIRST = re.compile(r"\s+(?:(?:not|also|always|only|automatically|immediately|then)\s+)*(?P<verb>[a-z]+)\b(?!-)", re.IGNORECASE)
_JOIN = re.compile(
    r"[\w\x01,]\s+(?P<join>and(?:\s+then)?|then)\s+(?:\w+ly\s+|also\s+)?(?P<verb>[a-z]+)\s+(?P<object>[\w\x01]+)", re.IGNORECASE
)
_INNER = re.compile(r"\b(?:to\s+(?!the\b|an?\b|all\b)[a-z]+|that|which|who|how|so|letting|by\s+\w+ing)\b(?=[\s,])")
_DETERMINERS: Final = frozenset(
    [
        "the",
        "a",
        "an",
        "all",
        "each",
        "every",
        "any",
        "its",
        "their",
        "it",
        "them",
        "that",
        "this",
        "these",
        "those",
        "no",
        "only",
        "users",
        "user",
        "from",
        "to",
    ]
)
_NOUNS: Final = frozenset(
    ["filter", "search", "report", "record", "display", "request", "log", "update", "release", "lock", "export", "import", "call", "copy", "delay", "drop", "grant", "hash", "help",
     "load", "move", "offer", "pause", "play", "process", "push", "queue", "refund", "reset", "retry", "return", "save", "scroll", "sort", "start", "stop", "store", "stream", "sync", "track",
     "transfer", "trigger", "use", "wait", "write", "clear", "close", "open", "complete", "set", "block", "check", "flag", "mask", "merge", "notify", "fetch", "render", "print", "prompt"]
)  # fmt: skip


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every English response with a second verb that has an object of its own."""
    for sentence in evidence.having("and", "then"):
        statement = sentence.statement
        if not statement.modal or statement.is_negative:
            continue
        match = _second(statement)
        if match:
            yield Finding(
                code=RULE.code,
                severity=RULE.severity,
                path=sentence.criterion.path,
                span=evidence.span_in(sentence.criterion, match.start("join"), match.end("verb")),
                message=f'the response does two things: the second is to "{match["verb"]}"',
                hint="write one criterion for each if they can fail apart",
            )


def _second(statement: Statement) -> re.Match[str] | None:
    """Find the join of a second verb in the response."""
    prose = statement.prose
    first = _FIRST.match(prose, statement.modal_at[1])
    if first is None or first["verb"].lower() not in IMPERATIVES:
        return None
    position = first.end()
    while match := _JOIN.search(prose, position):
        verb = match["verb"].lower()
        if _INNER.search(prose, position, match.start("join")):
            return None
        if verb in IMPERATIVES and (match["object"].lower() in _DETERMINERS or match["object"][0] == "\x01" or verb not in _NOUNS):
            return match
        position = match.end("join")
    return None


RULE = Rule(
    code="ATOM002",
    name="joined-actions",
    severity=Severity.NOTE,
    since="0.1",
    page=__doc__,
    check=check,
    examples=(
        criteria("WHEN a customer pays, THE Store SHALL store the order and send a receipt", fires=1),
        criteria("THE Store SHALL validate the form and then save the order", fires=1),
        criteria("The store shall reject the card and notify the customer", fires=1),
        criteria("THE Store SHALL hide `total` and show `sum`", fires=1),
        criteria("THE Store SHALL automatically cancel the order and release the goods", fires=1),
        criteria(
            "IF a theme change fails, THE Theme_Manager SHALL display an error notification and retain the previous theme",
            fires=1,
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/unified-app-theming/requirements.md",
        ),
        criteria(
            "IF start date/time is after end date/time, THEN THE Custom_Period_Selector SHALL display a validation error and prevent data fetch",
            fires=1,
            source="Homas/RpiDNS .kiro/specs/custom-period/requirements.md",
        ),
        criteria("WHEN a customer pays, THE Store SHALL store the order"),
        criteria("THE Store SHALL show search and filter controls"),
        criteria("WHEN a customer signs in and opens the cart, THE Store SHALL show the total"),
        criteria("THE Store SHALL validate and store the order"),
        criteria('THE Store SHALL show "save and close the form"'),
        criteria("THE Store SHALL let customers open and close the cart"),
        criteria(
            "THE Settings_Screen SHALL prevent saving settings while validation errors exist",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/platform-settings-screen/requirements.md",
        ),
        criteria(
            "WHEN installation is declined THEN the system SHALL not show the prompt again for 7 days",
            source="Foodshareclub/foodshare-web .kiro/specs/mobile-pwa/requirements.md",
        ),
    ),
)
