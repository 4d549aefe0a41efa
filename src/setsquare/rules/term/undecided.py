"""A placeholder stands where something must be decided.

What: a criterion holds `TBD`, `TBC`, `TODO`, `FIXME`, `to be determined`, `???` or `[…]`.

Why: it cannot be built, tested or approved; an agent that meets it will invent something.

Example: `THE Store SHALL limit uploads to TBD MB`

Instead: `THE Store SHALL limit uploads to 25 MB`

Fix safety: no fix; the decision is missing.

Source: incompletes of NASA's ARM, Wilson et al., 1997; ISO/IEC/IEEE 29148.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import criteria
from setsquare.rules.wording import ALLOWED, MOST, Occurrence, report, visible
from setsquare.text.lazy_pattern import LazyPattern

_PLACEHOLDER: Final = LazyPattern(
    r"(?<![\w\x01./#@-])(?P<word>TBD|TBC|TBR|tbd|FIXME|TODO(?!\s*(?:-?\s*(?:list|item|app|entr|task|application|comment|marker|s\b|card|board)|s\b))|XXX+)(?![\w/-])|"
    r"(?P<phrase>\b[Tt]o be (?:determined|decided|defined|confirmed|clarified|specified|completed)\b(?!\s+(?:by|in|at|from|per|via|through|as|with|on|before|after|when|during)\b))|"
    r"(?P<marks>\?{3,}|\[\s*(?:\.{3}|…)\s*\])"
)
# A sentence about such marks is not one with a mark.
_ABOUT: Final = LazyPattern(r"(?i)\b(?:placeholders?|comments?|markers?|annotations?|lint(?:er)?|grep)\b")
_SOUGHT: Final = LazyPattern(
    r"(?i)\b(?:flags?|detects?|finds?|reports?|contains?|containing|removes?|rejects?|with|no|any|zero|or|and)\s+\Z"
)


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find placeholders."""
    allowed = evidence.config.names("TERM001", ALLOWED.name)
    for sentence in evidence.sentences:
        text = sentence.statement.text
        if _may_hold(text) and sentence.statement.language == "en":
            for match in islice(_PLACEHOLDER.finditer(visible(text)), MOST):
                found = Occurrence(sentence, *match.span())
                if found.written not in allowed and not _is_about(found):
                    yield report(
                        RULE,
                        evidence,
                        found,
                        f'"{found.written}" is still to be decided',
                        "decide it, or leave the criterion out until it is decided",
                    )


def _may_hold(text: str) -> bool:
    """Tell cheaply whether a text can hold a placeholder."""
    return (
        "TB" in text
        or "o be " in text
        or "???" in text
        or "[" in text
        or "TODO" in text
        or "FIXME" in text
        or "XX" in text
        or "tbd" in text
    )


def _is_about(found: Occurrence) -> bool:
    """Tell whether the sentence is about placeholders: `SHALL flag TODO comments`."""
    if not found.written.isupper():
        return False
    statement = found.sentence.statement
    return bool(_ABOUT.search(statement.text)) or (_SOUGHT.search(found.before) is not None and not found.after.strip(" .s"))


RULE = Rule(
    code="TERM001",
    name="placeholder",
    severity=Severity.ERROR,
    since="0.1",
    page=__doc__,
    check=check,
    options=(ALLOWED,),
    examples=(
        criteria("THE Store SHALL limit uploads to TBD MB", fires=1),
        criteria("THE Store SHALL keep orders for [TBD] days", fires=1),
        criteria("THE Store SHALL keep orders for ??? days", fires=1),
        criteria("THE Store SHALL keep orders (TODO: how long)", fires=1),
        criteria("THE Store SHALL keep orders for a time to be determined", fires=1),
        criteria("THE Store SHALL reply within [...] seconds", fires=1),
        criteria(
            "**Testing**: Foundry (unit/invariant), minimal browser tests (TBD), manual quickstart",
            fires=1,
            source="0xRabbidfly/pepedawn specs/001-build-a-simple/plan.md",
        ),
        criteria("// TODO: Test valid claim", fires=1, source="0xRabbidfly/pepedawn specs/002-merkle/quickstart.md"),
        criteria("THE Store SHALL limit uploads to 25 MB"),
        criteria("THE Linter SHALL flag TODO comments"),
        criteria('THE Store SHALL show the label "TBD"'),
        criteria("THE TODO app SHALL list tasks"),
        criteria("THE Store SHALL log `???` for an unknown name"),
        criteria(
            "THE Settings_Screen SHALL display a placeholder message indicating premium features are coming soon",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/platform-settings-screen/requirements.md",
        ),
        criteria(
            "THE Admin_Center SHALL display notifications for pending refund requests requiring approval",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/admin-center/requirements.md",
        ),
    ),
)
