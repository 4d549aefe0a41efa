"""A criterion holds several obligations.

What: a criterion says SHALL more than once. One that demands something and forbids something else of the same part (`SHALL x and SHALL NOT y`) is a note.

Why: half of it can be built, and then the criterion is neither done nor open; a test that names it does not say which half it tests.

Example: `WHEN a customer pays, THE Store SHALL send a receipt and THE Stock SHALL remove the goods`

Instead: `WHEN a customer pays, THE Store SHALL send a receipt` and `WHEN a customer pays, THE Stock SHALL remove the goods`

Fix safety: the criterion is split in two under the same condition, and the criteria after it are numbered anew. That is an offer: references
in tasks and code to the later numbers must follow.

Source: INCOSE Guide to Writing Requirements, R18 (one thought); options of NASA's ARM, Wilson et al., 1997. Only English is judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from setsquare.rules.evidence import Evidence, Sentence
from setsquare.rules.finding import Finding, Fix, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import criteria
from setsquare.spec.statement import Pattern, Statement
from setsquare.text.document import decode
from setsquare.text.lazy_pattern import LazyPattern
from setsquare.text.span import Edit, Span
from setsquare.workspace.spec import Criterion

_SHALL = LazyPattern(r"\bshall\b", re.IGNORECASE)
_JOIN = LazyPattern(r"[,;]?\s{1,9}(?:and|but)\s{1,9}(?P<main>(?P<subject>[^,;.]{0,80}?)\s{0,9}\bshall\b)", re.IGNORECASE)
_NOT = LazyPattern(r"\s+not\b", re.IGNORECASE)
_MARKER = LazyPattern(r"(?P<lead>[ \t]*)(?P<number>\d{1,4})(?P<tail>[.)][ \t]+)\Z")
_MOST_SIBLINGS = 200


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every English sentence that says SHALL more than once."""
    lists: dict[int, tuple[Criterion, ...]] | None = None
    for sentence in evidence.having("shall"):
        statement = sentence.statement
        if statement.modal_kind != "shall" or statement.prose.casefold().count("shall") < 2 or statement.pattern is Pattern.PROPERTY:
            continue
        later = list(_SHALL.finditer(statement.prose, statement.modal_at[1]))
        if later:
            lists = _lists(evidence) if lists is None else lists
            yield Finding(
                code=RULE.code,
                severity=Severity.NOTE if len(later) == 1 and _is_contrast(statement, later[0]) else RULE.severity,
                path=sentence.criterion.path,
                span=evidence.span_in(sentence.criterion, *later[0].span()),
                message=f"{len(later) + 1} obligations in one criterion",
                hint="write one criterion for each",
                fix=_split(evidence, sentence, lists[id(sentence.criterion)]) if len(later) == 1 else None,
            )


def _is_contrast(statement: Statement, later: re.Match[str]) -> bool:
    """Tell whether the second obligation only forbids something to the same subject, or the first one does."""
    is_second_negative = _NOT.match(statement.prose, later.end()) is not None
    join = _JOIN.search(statement.prose, statement.modal_at[1])
    is_same = join is not None and join.end() == later.end() and join["subject"].lower() in ("", "it", "they")
    return is_same and is_second_negative is not statement.is_negative


def _split(evidence: Evidence, sentence: Sentence, siblings: tuple[Criterion, ...]) -> Fix | None:
    """Write the second obligation as a numbered criterion of its own, and number the later ones anew."""
    statement = sentence.statement
    join = _JOIN.search(statement.prose, statement.modal_at[1])
    raw = evidence.raw(sentence.criterion.path)
    marker = _MARKER.match(_lead(raw, sentence.criterion.span, sentence.criterion.text_span))
    written = decode(raw[sentence.criterion.text_span.start : sentence.criterion.text_span.end])
    after = (
        tuple(other for other in siblings if other.span.start > sentence.criterion.span.start) if len(siblings) <= _MOST_SIBLINGS else None
    )
    if (
        join is None
        or marker is None
        or after is None
        or written != statement.text
        or any(clause.is_postfix for clause in statement.clauses)
    ):
        return None
    subject_start = statement.subject_at[0] if statement.subject else statement.modal_at[0]
    opening = statement.text[: _with_article(statement.text, subject_start)]
    has_subject = bool(join["subject"]) and join["subject"].lower() not in ("it", "they")
    kept = "" if has_subject else statement.text[len(opening) : statement.modal_at[0]]
    start = join.start("main") if has_subject else join.end() - len("shall")
    second = opening + kept + statement.text[start:]
    number = int(marker["number"])
    line = f"\n{marker['lead']}{number + 1}{marker['tail']}{second}"
    offset = sentence.criterion.text_span.start + len(statement.text[: join.start()].encode("utf-8", "surrogateescape"))
    edit = Edit(Span(offset, sentence.criterion.text_span.end), line.encode("utf-8", "surrogateescape"))
    return Fix(title="split the criterion in two", edits=(edit, *_renumbered(raw, after, number)), is_safe=False)


def _with_article(text: str, start: int) -> int:
    """Move the start of a subject back over its article."""
    match = re.search(r"\b(?:the|an?|all|each|every|any)\s+[*_`]*\Z", text[:start], re.IGNORECASE)
    return match.start() if match else start


def _lead(raw: bytes, span: Span, text: Span) -> str:
    """Give what stands between the start of a criterion's line and its text."""
    return decode(raw[raw.rfind(b"\n", 0, text.start) + 1 : text.start]) if span.start <= text.start else ""


def _lists(evidence: Evidence) -> dict[int, tuple[Criterion, ...]]:
    """Give each criterion, by its identity, the criteria of its requirement."""
    return {
        id(criterion): requirement.criteria
        for spec in evidence.workspace.specs
        if spec.requirements
        for requirement in spec.requirements.requirements
        for criterion in requirement.criteria
    }


def _renumbered(raw: bytes, after: tuple[Criterion, ...], number: int) -> tuple[Edit, ...]:
    """Add one to the markers of the criteria that follow, as far as they count on."""
    found: list[Edit] = []
    for wanted, criterion in enumerate(after, number + 1):
        marker = _MARKER.match(_lead(raw, criterion.span, criterion.text_span))
        if marker is None or int(marker["number"]) != wanted:
            break
        start = raw.rfind(b"\n", 0, criterion.text_span.start) + 1 + len(marker["lead"])
        found.append(Edit(Span(start, start + len(marker["number"])), str(wanted + 1).encode()))
    return tuple(found)


RULE = Rule(
    code="ATOM001",
    name="several-obligations",
    severity=Severity.WARNING,
    since="0.1",
    page=__doc__,
    check=check,
    examples=(
        criteria("WHEN a customer pays, THE Store SHALL send a receipt and THE Stock SHALL remove the goods", fires=1),
        criteria("THE Store SHALL keep orders and shall keep receipts", "THE Store SHALL sell", fires=1),
        criteria("THE Store SHALL keep orders and SHALL NOT keep cards", fires=1),
        criteria("THE Store SHALL keep orders; it SHALL keep receipts; it SHALL keep names", fires=1),
        criteria("The store shall send a receipt. The stock shall remove the goods.", fires=1),
        criteria(
            "IF a refund fails, THEN THE Payment_Gateway SHALL return an error message and THE Admin_Center SHALL display the error to the administrator",
            fires=1,
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/admin-center/requirements.md",
        ),
        criteria(
            "IF a payment fails, THEN THE Payment_Gateway SHALL return an error code and THE Admin_Center SHALL log the failure reason",
            fires=1,
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/admin-center/requirements.md",
        ),
        criteria("THE Store SHALL send a receipt and remove the goods"),
        criteria("WHEN a customer pays, THE Store SHALL send a receipt"),
        criteria('THE Store SHALL show "you shall pay"'),
        criteria("THE Store must send a receipt"),
        criteria("WHEN 用户登录 THEN 系统 SHALL 创建会话 and SHALL 记录"),
        criteria(
            "WHEN installation is declined THEN the system SHALL not show the prompt again for 7 days",
            source="Foodshareclub/foodshare-web .kiro/specs/mobile-pwa/requirements.md",
        ),
        criteria(
            "THE Settings_Screen SHALL prevent saving settings while validation errors exist",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/platform-settings-screen/requirements.md",
        ),
    ),
)
