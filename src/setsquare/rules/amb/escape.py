"""An escape clause lets the requirement be met by doing nothing.

What: a criterion says `where applicable`, `if possible`, `as appropriate`, `as needed`, `to the extent possible` or the like, and nothing
that decides when that is so.

Why: whoever builds it decides alone when the clause applies; a test can never show that it was not met.

Example: `THE Store SHALL cache results where possible`

Instead: `WHILE the cache is reachable, THE Store SHALL cache results`

Fix safety: no fix; the condition must be written by somebody who knows it.

Source: INCOSE, Guide to Writing Requirements, R8; ISO/IEC/IEEE 29148, unverifiable terms; loopholes in Femmer et al., JSS'17.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import criteria
from setsquare.rules.wording import ALLOWED, EXTRA, Occurrence, occurrences, report, searched, word_pattern

_JOINTS: Final = ("where", "when", "if", "as", "wherever", "whenever", "unless")
_CONDITIONS: Final = (
    *("applicable", "appropriate", "possible", "necessary", "needed", "required", "relevant", "practical", "practicable", "feasible"),
    *("reasonable", "suitable", "desired", "desirable", "warranted", "available"),
)
_PHRASES: Final = (
    *("if at all possible", "if at all", "as far as possible", "as far as practicable", "as much as possible", "as little as possible"),
    *("as close as possible", "to the extent possible", "to the extent practicable", "to the extent practical", "to the extent necessary"),
    *("extent practical", "extent practicable", "extent possible", "extent feasible"),
    *(
        "wherever reasonably possible",
        "best effort",
        "best-effort basis",
        "on a best effort basis",
        "as the case may be",
        "at the discretion of",
    ),
    *("so far as is possible", "under normal circumstances", "in most cases", "when reasonably practicable", "if deemed necessary"),
)
_OTHER: Final = frozenset(("as possible", "as available", "unless available"))
_DECIDED: Final = ("by ", "per ", "under ", "in accordance", "according", "in section", "in rfc", "on the basis")
_GOES_ON: Final = (
    *(
        "and ",
        "or ",
        "but ",
        "then ",
        "to ",
        "for ",
        "in ",
        "on ",
        "at ",
        "with ",
        "without ",
        "when ",
        "while ",
        "if ",
        "so ",
        "using ",
        "the ",
        "a ",
    ),
    *("during ", "before ", "after ", "as ", "from ", "into ", "via ", "is ", "shall ", "however ", "rather ", "instead "),
)
_STATES: Final = ("in ", "on ", "at ", "for ", "from ", "to ", "via ", "with ", "as ")


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find escape clauses that no condition follows."""
    allowed = {phrase.lower() for phrase in evidence.config.names("AMB001", ALLOWED.name)}
    sentences = evidence.having(*_CONDITIONS)
    pattern = word_pattern(rf"(?:{'|'.join(_JOINTS)})\s+(?:{'|'.join(_CONDITIONS)})")
    conditions = searched(sentences, pattern) if sentences else ()
    for found in (*conditions, *occurrences(evidence, "AMB001", _PHRASES)):
        if found.word not in allowed and found.word not in _OTHER and _is_open(found):
            hint = "write the condition under which it applies, or leave the clause out"
            yield report(RULE, evidence, found, f'"{found.written}" leaves open when this is required', hint)


def _is_open(found: Occurrence) -> bool:
    """Tell whether the clause ends there: a noun or a rule that decides may follow (`if required fields are missing`, `as required by law`)."""
    after = found.after
    words = after.lstrip()
    joint = found.word.partition(" ")[0]
    if words.startswith(_DECIDED):
        return False
    if found.word.endswith(" available") and words.startswith(_STATES):
        return False
    if joint in _JOINTS:
        return not words or words[0] in ",.;:)\x01" or words.startswith(_GOES_ON)
    return True


RULE = Rule(
    code="AMB001",
    name="escape-clause",
    severity=Severity.WARNING,
    since="0.1",
    page=__doc__,
    check=check,
    options=(EXTRA, ALLOWED),
    examples=(
        criteria("THE Store SHALL cache results where possible", fires=1),
        criteria("The pump shall, if necessary, reduce its speed", fires=1),
        criteria("As needed, the scheduler shall restart workers", fires=1),
        criteria("THE Editor SHALL keep drafts to the extent possible", fires=1),
        criteria("THE Backup_Service SHALL copy files on a best-effort basis", fires=1),
        criteria(
            "THE Server SHALL reuse connections across multiple requests when possible",
            fires=1,
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/ssh-tunnel-phase-2-enhancements/requirements.md",
        ),
        criteria(
            "WHEN a donation is made THEN the system SHALL provide a tax-deductible receipt if applicable",
            fires=1,
            source="Foodshareclub/foodshare-web .kiro/specs/payment-integration/requirements.md",
        ),
        criteria("THE Gateway SHALL retry as required by RFC 9110"),
        criteria("IF required fields are missing, THEN THE Form SHALL show an error"),
        criteria("THE Client SHALL use the local copy if available in the cache"),
        criteria('THE Help_Page SHALL hold the words "where applicable" and `if possible`'),
        criteria("WHERE possible moves exist, THE Board SHALL highlight them"),
        criteria(
            "WHEN cloud deployment is needed THEN the CI/CD System SHALL deploy directly without intermediate workflows",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/cicd-workflow-streamlining/requirements.md",
        ),
        criteria(
            "THE Build Workflow SHALL install all required build dependencies on each runner",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/multi-platform-builds/requirements.md",
        ),
    ),
)
