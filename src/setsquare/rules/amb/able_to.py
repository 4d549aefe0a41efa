"""A roundabout infinitive hides what is to be done.

What: a criterion says that a system shall `be able to`, `be capable of`, `have the ability to`, or `allow`, `enable` or `permit` somebody
to do something. An ability of people (`users must be able to`) and a prohibition (`shall not allow`) are left alone.

Why: to be able to do something is not to do it. The words add length, and the condition under which it happens is missing.

Example: `THE Store SHALL be able to export orders`

Instead: `THE Store SHALL export orders`; `WHEN a clerk asks for an export, THE Store SHALL export orders`

Fix safety: `be able to` is left out where the subject is a system and the sentence is not negative. What replaces `allow … to` is for a
person to choose.

Source: INCOSE, Guide to Writing Requirements, R10.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import criteria
from setsquare.rules.wording import ALLOWED, Occurrence, replacement, report, searched, word_set
from setsquare.text.lazy_pattern import LazyPattern

_ABILITY: Final = (
    r"(?P<word>(?P<able>be\s+able\s+to\s)|be\s+capable\s+of\s|(?:have|provide|offer|give|possess)\s+(?:(?:the\s+)?\w+\s+(?:with\s+)?)?the\s+(?:ability|capability|possibility)\s+(?:to|of)\s|"
    r"be\s+designed\s+to\s|(?P<allow>allow|enable|permit|let)(?=\s))"
)
# Somebody, then `to` and a verb: `allow users to export`, and not `enable drag mode`.
_SOMEBODY: Final = LazyPattern(
    r"\s+(?:the\s+|an?\s+|each\s+|any\s+|all\s+|its\s+|their\s+)?(?:[\w'-]+\s+){0,3}?(?P<who>[\w'-]+)\s+to\s+(?!any\b|the\b|an?\b|[A-Z])[a-z]"
)
_LET: Final = LazyPattern(
    r"\s+(?:the\s+|an?\s+|each\s+)?(?:users?|customers?|admins?|administrators?|operators?|visitors?|members?|them|clients?)\s+[a-z]"
)
_PEOPLE: Final = word_set(
    "user users customer customers people person visitor visitors member members admin admins administrator administrators developer",
    "developers operator operators guest guests student students teacher teachers team teams player players reader readers editor editors",
    "manager managers employee employees everyone anyone somebody they he she seeker seekers sharer sharers buyer buyers seller sellers",
    "patient patients doctor doctors nurse driver drivers clerk clerks tester testers reviewer reviewers moderator moderators organizer",
    "organizers owner owners staff agent agents actor actors",
)
_SYSTEMS: Final = word_set(
    "system systems service services server servers application applications app apps api apis tool tools cli engine engines module",
    "modules component components page pages screen screens gateway gateways controller controllers platform database databases store",
    "backend frontend interface library plugin extension parser compiler device devices sensor software product website site dashboard",
    "portal pipeline script scheduler worker queue cache store function",
)
_THINGS: Final = frozenset(
    (
        "access",
        "entry",
        "admission",
        "transition",
        "transitions",
        "failover",
        "fallback",
        "migration",
        "rollback",
        "connection",
        "connections",
        "switching",
        "changes",
    )
)
_FIRST: Final = ("able", "capable", "ability", "capability", "possibility", "designed", "allow", "enable", "permit", "let")


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find roundabout infinitives right behind the modal."""
    allowed = {word.lower() for word in evidence.config.names("AMB010", ALLOWED.name)}
    sentences = evidence.having(*(word for word in _FIRST if word not in allowed))
    for found in searched(sentences, re.compile(rf"(?<![\w-]){_ABILITY}", re.IGNORECASE)) if sentences else ():
        if _is_roundabout(found) and not (allowed and allowed & set(found.word.split())):
            yield _finding(evidence, found)


def _is_roundabout(found: Occurrence) -> bool:
    """Tell whether the words are the verb of an obligation of a system."""
    statement = found.sentence.statement
    between = statement.prose[statement.modal_at[1] : found.start]
    if (
        statement.modal_kind not in ("shall", "must", "will", "should")
        or found.start < statement.modal_at[1]
        or between.strip().lower() not in _BETWEEN
    ):
        return False
    if _head(statement.subject) in _PEOPLE:
        return False
    if found.word in {"allow", "enable", "permit", "let"}:
        after = statement.prose[found.end :]
        named = _LET.match(after) if found.word == "let" else _SOMEBODY.match(after)
        return named is not None and not statement.is_negative and (found.word == "let" or named["who"].lower() not in _THINGS)
    return True


_BETWEEN: Final = frozenset(("", "also", "automatically", "always", "not", "never", "then", "only"))


def _head(subject: str) -> str:
    """Give the noun of a subject: `users` of `Users who have paid`."""
    words = re.split(r"\s(?:who|that|which|with|of|in|on|from)\s", subject.lower())[0].split()
    return words[-1] if words else ""


def _finding(evidence: Evidence, found: Occurrence) -> Finding:
    statement = found.sentence.statement
    words = found.written.strip()
    finding = report(
        RULE,
        evidence,
        found,
        f'"{words}" hides what shall be done',
        "say what is done, and when: WHEN somebody asks for it, THE system SHALL do it",
    )
    if found.word == "be able to" and not statement.is_negative:
        is_system = _head(statement.subject) in _SYSTEMS or "_" in statement.subject
        return replace(finding, fix=replacement(evidence, found, "", is_safe=is_system))
    return finding


RULE = Rule(
    code="AMB010",
    name="superfluous-infinitive",
    severity=Severity.WARNING,
    since="0.1",
    page=__doc__,
    check=check,
    options=(ALLOWED,),
    examples=(
        criteria("THE Export_Service SHALL be able to write CSV", fires=1, fixed=("THE Export_Service SHALL write CSV",)),
        criteria("THE Store SHALL be capable of exporting orders", fires=1),
        criteria("THE Store SHALL allow the user to export orders", fires=1),
        criteria("THE Store SHALL provide users with the ability to export orders", fires=1),
        criteria("The store shall let users cancel orders", fires=1),
        criteria("The system shall also be able to print", fires=1, fixed=("The system shall also print",)),
        criteria(
            "WHEN balance reaches $10 THEN the system SHALL allow the sharer to request a payout",
            fires=1,
            source="Foodshareclub/foodshare-web .kiro/specs/payment-integration/requirements.md",
        ),
        criteria(
            "THE Settings_Screen SHALL allow users to select a default provider and default model for AI interactions",
            fires=1,
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/platform-settings-screen/requirements.md",
        ),
        criteria("Users must be able to export orders"),
        criteria("THE Store SHALL NOT allow users to change paid orders"),
        criteria("THE Store SHALL allow access to orders"),
        criteria("THE Store SHALL enable the button"),
        criteria("THE Store SHALL export orders"),
        criteria(
            "THE Payment_System SHALL allow status transitions from PENDING to REFUSED",
            source="Essimbi/test_gateway_payment .kiro/specs/cinetpay-payment-integration/requirements.md",
        ),
        criteria(
            "THE Admin_Center SHALL support multiple currencies (USD, EUR, GBP) with automatic conversion rates",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/admin-center/requirements.md",
        ),
    ),
)
