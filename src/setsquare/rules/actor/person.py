"""A person is obliged.

What: the subject of SHALL or MUST is a person who uses the product: `The user SHALL enter a name`. Passive sentences (`users SHALL be told`) are left to
other rules, and so is a subject that the glossary explains as a part of the product.

Why: nobody can build or test what a person does; what was meant is what the product does when the person acts, lets the person do, or demands.

Example: `The user SHALL enter a name`

Instead: `WHEN the user enters a name, THE Store SHALL keep it`

Fix safety: the sentence becomes one about the part that most criteria of the file name, which requires or allows what the person does. It is an
offer.

Source: NASA Systems Engineering Handbook, appendix C (requirements state what the product shall do). Only English is judged.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from setsquare.rules.evidence import Evidence, Sentence
from setsquare.rules.finding import Finding, Fix, Severity
from setsquare.rules.rewriting import Change, edits
from setsquare.rules.rule import Rule
from setsquare.rules.sample import criteria
from setsquare.text.lazy_pattern import LazyPattern

_PERSON = LazyPattern(
    r"(?:(?!system\b|api\b|service\b)[a-z-]+\s+){0,2}(?:users?|customers?|visitors?|guests?|members?|players?|students?|patients?|buyers?|sellers?|shoppers?|subscribers?|"
    r"clerks?|cashiers?|nurses?|doctors?|physicians?|teachers?|employees?|technicians?|passengers?|accountants?|librarians?|learners?|developers?|applicants?|citizens?|donors?|renters?|attendees?|participants?|shopkeepers?|"
    r"admins?|administrators?|people|everyone|anyone)\Z",
    re.IGNORECASE,
)
_WORDS = (
    "user",
    "users",
    "customer",
    "customers",
    "visitor",
    "visitors",
    "guest",
    "guests",
    "member",
    "members",
    "player",
    "players",
    "student",
    "students",
    "patient",
    "patients",
    "buyer",
    "buyers",
    "seller",
    "sellers",
    "shopper",
    "shoppers",
    "subscriber",
    "subscribers",
    "clerk",
    "clerks",
    "cashier",
    "cashiers",
    "nurse",
    "nurses",
    "doctor",
    "doctors",
    "physician",
    "physicians",
    "teacher",
    "teachers",
    "employee",
    "employees",
    "technician",
    "technicians",
    "passenger",
    "passengers",
    "accountant",
    "accountants",
    "librarian",
    "librarians",
    "learner",
    "learners",
    "developer",
    "developers",
    "applicant",
    "applicants",
    "citizen",
    "citizens",
    "donor",
    "donors",
    "renter",
    "renters",
    "attendee",
    "attendees",
    "participant",
    "participants",
    "shopkeeper",
    "shopkeepers",
    "admin",
    "admins",
    "administrator",
    "administrators",
    "people",
    "everyone",
    "anyone",
)
_PASSIVE = LazyPattern(
    r"\s+(?:not\s+|only\s+|always\s+)*(?:be\s+(?!able\b|capable\b)|receive\b|remain\b|stay\b|continue\s+to\s+(?:be|see|receive)\b|see\b|get\b|have\b)",
    re.IGNORECASE,
)
_PRODUCT = LazyPattern(
    r"\b(?:system|component|module|interface|service|page|panel|screen|application|software|account record|entity|table)\b", re.IGNORECASE
)
_ABLE = LazyPattern(r"\s+be\s+able\s+to\b", re.IGNORECASE)


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every English sentence that obliges a person."""
    subjects: dict[str, list[str]] | None = None
    parts: dict[str, str] = {}
    for sentence in evidence.having(*_WORDS):
        statement = sentence.statement
        if statement.modal_kind not in ("shall", "must") or not _PERSON.match(statement.subject):
            continue
        if _PASSIVE.match(statement.prose, statement.modal_at[1]) or _is_product(sentence):
            continue
        subjects = _by_path(evidence) if subjects is None else subjects
        path = sentence.criterion.path
        if path not in parts:
            parts[path] = _part(subjects[path])
        yield Finding(
            code=RULE.code,
            severity=RULE.severity,
            path=path,
            span=evidence.span_in(sentence.criterion, *statement.subject_at),
            message=f'"{statement.subject}" is a person, who cannot be built or tested',
            hint="say what the product does when the person acts: WHEN the user …, THE <part> SHALL …",
            fix=_fix(evidence, sentence, parts[path]),
        )


def _is_product(sentence: Sentence) -> bool:
    """Tell whether the glossary explains the subject as a part of the product."""
    requirements = sentence.spec.requirements
    subject = sentence.statement.subject.lower()
    return any(term.lower() == subject and _PRODUCT.search(said) for term, said in (requirements.glossary if requirements else ()))


def _fix(evidence: Evidence, sentence: Sentence, part: str) -> Fix | None:
    """Oblige the part that most criteria of the spec name to require or allow what the person does."""
    statement = sentence.statement
    if statement.is_negative or (statement.clauses and statement.clauses[-1].is_postfix):
        return None
    able = _ABLE.match(statement.prose, statement.modal_at[1])
    end = able.end() if able else statement.modal_at[1]
    verb = "let" if able else "require"
    article = re.search(r"\b(?:the|an?|each|every|all|any)\s+\Z", statement.text[: statement.subject_at[0]], re.IGNORECASE)
    start = article.start() if article else statement.subject_at[0]
    person = statement.text[start : statement.subject_at[1]]
    person = person if person.isupper() else person[0].lower() + person[1:]
    changed = f"THE {part} {statement.modal} {verb} {person}{'' if able else ' to'}"
    found = edits(evidence, sentence, [Change(start, end, changed)])
    return Fix(title="oblige the product", edits=found, is_safe=False) if found else None


def _by_path(evidence: Evidence) -> dict[str, list[str]]:
    """List the subjects of each file's sentences."""
    subjects: dict[str, list[str]] = {}
    for sentence in evidence.sentences:
        subjects.setdefault(sentence.criterion.path, []).append(sentence.statement.subject)
    return subjects


def _part(subjects: list[str]) -> str:
    """Name the commonest subject that is no person."""
    counted = Counter(subjects).most_common()
    return next((subject for subject, _ in counted if subject and not _PERSON.match(subject)), "System")


RULE = Rule(
    code="ACTOR001",
    name="person-is-obliged",
    severity=Severity.WARNING,
    since="0.1",
    page=__doc__,
    check=check,
    examples=(
        criteria("The user SHALL enter a name", fires=1),
        criteria("WHEN a form is shown, the customer SHALL be able to cancel it", "THE Store SHALL sell tea", fires=1),
        criteria("Administrators shall delete old orders", fires=1),
        criteria("A registered user must choose a password", fires=1),
        criteria("The user SHALL NOT open the page of another user", fires=1),
        criteria(
            "Users shall confirm submission before any uploads occur.",
            fires=1,
            source="kingkw1/2Truths-1Lie .kiro/specs/server-side-video-processing/requirements.md",
        ),
        criteria(
            "Users must consciously choose their target tool",
            fires=1,
            source="Fission-AI/OpenSpec openspec/changes/archive/2026-02-17-multi-provider-skill-generation/design.md",
        ),
        criteria("WHEN the user enters a name, THE Store SHALL keep it"),
        criteria("The user SHALL be told"),
        criteria("THE User_Service SHALL keep names"),
        criteria("User data SHALL be kept for a year"),
        criteria("Users can filter the list"),
        criteria("THE Store SHALL show `user` names"),
        criteria(
            'WHEN a user clicks the "custom" period button, THE Custom_Period_Selector SHALL display a date/time picker interface',
            source="Homas/RpiDNS .kiro/specs/custom-period/requirements.md",
        ),
        criteria(
            "WHERE the user has a Free subscription, THE Settings_Screen SHALL hide premium-only settings categories",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/platform-settings-screen/requirements.md",
        ),
    ),
)
