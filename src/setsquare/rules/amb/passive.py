"""The response is passive, so nobody is obliged.

What: the response says `SHALL be validated` or `ensure that records are validated`. States (`be visible`, `be located`, `be enabled`) are
left alone.

Why: who validates? A requirement obliges a named part of the system; a passive one can be everybody's and so nobody's.

Example: `Orders SHALL be validated`

Instead: `THE Order_Service SHALL validate orders`

Fix safety: no fix; where `by` names who acts, the hint says so.

Source: INCOSE, Guide to Writing Requirements, R2; passive voice in Femmer et al., JSS'17.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import criteria
from setsquare.rules.wording import ALLOWED, Occurrence, report, word_set
from setsquare.text.lazy_pattern import LazyPattern

_IRREGULAR: Final = (
    "sent|shown|written|read|kept|built|held|given|taken|made|done|run|set|put|stored|drawn|chosen|found|left|lost|paid|sold|told|seen|known|bound|brought|"
    "caught|cut|driven|hidden|hashed|split|thrown|undone|overwritten|redone|reset|frozen"
)
_STATIVE: Final = word_set(
    "based located enabled disabled required needed allowed limited related supposed used interested involved concerned composed",
    "structured organized organised designed expected intended granted permitted supported connected closed aligned positioned centered",
    "centred sorted ordered nested sized shared fixed distributed localized localised advanced red bed indeed speed need embed feed seed",
    "proceed exceed succeed versioned signed rated dated authorized authorised qualified certified experienced detailed complicated",
    "automated set read run cut put left known bound frozen",
)
_DIRECT: Final = LazyPattern(
    rf"(?i)\s*(?:not\s+|never\s+|also\s+|always\s+|only\s+)?(?P<word>be\s+(?:automatically\s+|immediately\s+|[a-z]+ly\s+)?(?P<verb>[a-z]+ed|{_IRREGULAR}))\b(?!-)"
)
_ENSURED: Final = LazyPattern(
    rf"(?i)\s*ensures?\s+(?:that\s+)?(?:[\w'-]+\s+){{1,6}}?(?P<word>(?:is|are)\s+(?:[a-z]+ly\s+)?(?P<verb>[a-z]+ed|{_IRREGULAR}))\b(?!-)"
)
_AGENT: Final = LazyPattern(
    r"(?i)\bby\s+(?:the|an?)\s+(?P<who>[\w' -]{2,40}?)(?=\s*(?:[,.;]|\Z|\s(?:within|when|if|after|before|for|in|on|at|to)\s))"
)


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find passive responses."""
    allowed = {verb.lower() for verb in evidence.config.names("AMB012", ALLOWED.name)}
    for sentence in evidence.having("be", "ensure", "ensures"):
        statement = sentence.statement
        if statement.modal_kind not in ("shall", "must"):
            continue
        match = _DIRECT.match(statement.prose, statement.modal_at[1]) or _ENSURED.match(statement.prose, statement.modal_at[1])
        if match and match["verb"].lower() not in _STATIVE and match["verb"].lower() not in allowed:
            found = Occurrence(sentence, *match.span("word"))
            yield report(RULE, evidence, found, f'"{found.written}" does not say who does it', _hint(found))


def _hint(found: Occurrence) -> str:
    """Say what to write; the actor is named where the sentence names one."""
    agent = _AGENT.search(found.sentence.statement.prose, found.end)
    return f"make the {agent['who']} the subject" if agent else "name the part of the system that does it, and make it the subject"


RULE = Rule(
    code="AMB012",
    name="passive-response",
    severity=Severity.NOTE,
    since="0.1",
    page=__doc__,
    check=check,
    options=(ALLOWED,),
    examples=(
        criteria("Orders SHALL be validated", fires=1),
        criteria("Orders shall be validated by the Order Service", fires=1),
        criteria("THE Store SHALL ensure that records are validated", fires=1),
        criteria("The invoice must be sent within 2 days", fires=1),
        criteria("Passwords SHALL never be written to a log", fires=1),
        criteria(
            "THE Loading_Screen SHALL be displayed during initial app load to prevent black screen appearance",
            fires=1,
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/unified-app-theming/requirements.md",
        ),
        criteria(
            "All uploads and data exchanges shall be authenticated and authorized.",
            fires=1,
            source="kingkw1/2Truths-1Lie .kiro/specs/server-side-video-processing/requirements.md",
        ),
        criteria("THE Order_Service SHALL validate orders"),
        criteria("THE Button SHALL be visible"),
        criteria("THE Button SHALL be disabled while a payment runs"),
        criteria("THE Server SHALL be located in the EU"),
        criteria('THE Store SHALL show "must be sent" and `be sent`'),
        criteria(
            "THE Flatpak package SHALL be installable on Ubuntu, Fedora, Arch, and other major distributions",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/multi-platform-builds/requirements.md",
        ),
        criteria(
            "THE Login_Page SHALL be responsive and work on mobile devices",
            source="Homas/RpiDNS .kiro/specs/user-authentication/requirements.md",
        ),
    ),
)
