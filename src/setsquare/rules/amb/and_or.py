"""Two words are joined by and/or or a slash.

What: a criterion says `and/or`, or joins two verbs or participles by a slash: `created/updated` (warning). Two other plain words joined by
a slash are a note; established pairs (`read/write`, `request/response`), paths, units, names and code are left alone.

Why: `email and/or SMS` can be met by either or by both; whoever tests it has to choose.

Example: `THE Store SHALL notify by email and/or SMS`

Instead: `THE Store SHALL notify by email`, and a second criterion for SMS

Fix safety: no fix; only the writer knows which is meant.

Source: INCOSE, Guide to Writing Requirements, R17.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from msgspec.structs import replace

from setsquare.rules.evidence import Evidence, Sentence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Option, Rule
from setsquare.rules.sample import criteria
from setsquare.rules.wording import MOST, Occurrence, is_name, report, word_set
from setsquare.text.lazy_pattern import LazyPattern

_PAIR: Final = LazyPattern(r"(?<![\w\x01./:\\#@-])(?P<word>[A-Za-z]{2,20}(?:(?:/|\s/\s)[A-Za-z]{2,20}){1,3})(?![\w\x01/\\-]|[.:]\w)")
_ESTABLISHED: Final = word_set(
    "read/write write/read request/response client/server input/output start/stop start/end up/down left/right date/time true/false",
    "yes/no on/off show/hide enable/disable enabled/disabled active/inactive open/close opened/closed opens/closes expand/collapse",
    "collapse/expand success/failure pass/fail key/value name/value parent/child host/port min/max minimum/maximum play/pause",
    "before/after light/dark add/remove adds/removes allow/deny ping/pong connect/disconnect encrypt/decrypt encryption/decryption",
    "compress/decompress serialize/deserialize import/export upload/download online/offline asc/desc ascending/descending",
    "producer/consumer publish/subscribe pub/sub master/slave primary/secondary primary/replica source/target from/to push/pull",
    "lock/unlock mute/unmute login/logout sign-in/sign-out user/password username/password network/host km/h mb/s req/s requests/second",
    "audio/video text/html text/plain application/json image/png image/jpeg and/or she/he portrait/landscape visible/hidden",
    "increase/decrease undo/redo zoom/pan",
)
_INFLECTED: Final = ("ed", "ing")


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find words joined by a slash."""
    allowed = {pair.lower() for pair in evidence.config.names("AMB005", "allowed")}
    for sentence in evidence.sentences:
        if "/" in sentence.statement.prose and sentence.statement.language == "en":
            yield from _found(evidence, sentence, allowed)


def _found(evidence: Evidence, sentence: Sentence, allowed: set[str]) -> Iterator[Finding]:
    for match in islice(_PAIR.finditer(sentence.statement.prose), MOST):
        found = Occurrence(sentence, *match.span("word"))
        members = [member.strip() for member in match["word"].split("/")]
        joined = "/".join(members).lower()
        if joined in allowed:
            continue
        if joined == "and/or":
            hint = "say which is meant: one, both, or either at somebody's choice"
            yield report(RULE, evidence, found, f'"{found.written}" can be met by either and by both', hint)
        elif all(member.islower() for member in members) and joined not in _ESTABLISHED and not is_name(found):
            message, hint = f'"{found.written}" leaves open whether all are meant', 'write "and" or "or"'
            finding = report(RULE, evidence, found, message, hint)
            yield finding if _are_alternatives(members) else replace(finding, severity=Severity.NOTE)


def _are_alternatives(members: Sequence[str]) -> bool:
    """Tell whether words are verb forms, of which somebody must know whether all are meant.

    >>> _are_alternatives(["created", "updated"]), _are_alternatives(["device", "camera"])
    (True, False)
    """
    return any(all(member.endswith(end) for member in members) for end in _INFLECTED)


RULE = Rule(
    code="AMB005",
    name="and-or",
    severity=Severity.WARNING,
    since="0.1",
    page=__doc__,
    check=check,
    options=(Option("allowed", (), "pairs with a slash that the rule leaves alone"),),
    examples=(
        criteria("THE Store SHALL notify by email and/or SMS", fires=1),
        criteria("WHEN an order is created/updated, THE Store SHALL log the event", fires=1),
        criteria("THE Form SHALL ask for the city/region", fires=1),
        criteria("THE Store SHALL retain and / or archive invoices", fires=1),
        criteria("THE Report SHALL list orders per week/month", fires=1),
        criteria(
            "WHEN Git connection is created/updated/deleted, THE System SHALL log the event",
            fires=1,
            source="997899594/Juanie .kiro/specs/authentication-refactoring/requirements.md",
        ),
        criteria(
            "WHEN a sharer views trends THEN the system SHALL display a line chart showing shares per week/month",
            fires=1,
            source="Foodshareclub/foodshare-web .kiro/specs/analytics-dashboard/requirements.md",
        ),
        criteria("THE Port SHALL carry TCP/IP and HTTP/2"),
        criteria("THE Store SHALL read/write files under /var/data"),
        criteria("THE API SHALL return application/json"),
        criteria("THE Store SHALL notify by email or SMS"),
        criteria('THE Form SHALL show "and/or" and `a/b`'),
        criteria(
            "THE API SHALL support request/response logging with correlation IDs",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/api-backend-enhancement/requirements.md",
        ),
        criteria(
            "WHEN version management is required THEN the CI/CD System SHALL use conventional commit parsing instead of AI Analysis",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/cicd-workflow-streamlining/requirements.md",
        ),
    ),
)
