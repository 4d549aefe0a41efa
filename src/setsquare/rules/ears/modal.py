"""A requirement does not say SHALL.

What: the modal of a criterion is `should`, `may`, `might` or `can` (error) or `must` or `will` (warning). A sentence about people
(`Users can filter`) is no requirement and is left to other rules.

Why: one word for obligation keeps a wish, a permission and a forecast apart from a demand. Whoever builds or tests `should log` can
leave the log out and still be right.

Example: `WHEN an order is paid, THE Store should send a receipt`

Instead: `WHEN an order is paid, THE Store SHALL send a receipt`

Fix safety: `must` becomes `shall` in the same letter case, which does not change the meaning. The other words are a choice of their
writer and are left to a person.

Source: EARS, Mavin et al., RE'09; options and weak words of NASA's ARM, Wilson et al., 1997.
"""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.rules.evidence import Evidence, Sentence
from setsquare.rules.finding import Finding, Fix, Severity
from setsquare.rules.rule import Rule
from setsquare.rules.sample import criteria
from setsquare.spec.statement import Pattern
from setsquare.text.span import Edit, Span

_SEVERITIES = {
    "should": Severity.ERROR,
    "may": Severity.ERROR,
    "might": Severity.ERROR,
    "can": Severity.ERROR,
    "must": Severity.WARNING,
    "will": Severity.WARNING,
}
_MEANING = {
    "should": "a wish",
    "may": "a permission",
    "might": "a possibility",
    "can": "an ability",
    "must": "an obligation in another word than SHALL",
    "will": "a forecast",
}


# req: check/1.4
def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every criterion whose modal is not SHALL."""
    for sentence in evidence.sentences:
        kind = sentence.statement.modal_kind
        if kind in _SEVERITIES and sentence.statement.pattern is not Pattern.NONE:
            yield _finding(evidence, sentence, kind)


def _finding(evidence: Evidence, sentence: Sentence, kind: str) -> Finding:
    statement = sentence.statement
    span = evidence.span_in(sentence.criterion, *statement.modal_at)
    return Finding(
        code=RULE.code,
        severity=_SEVERITIES[kind],
        path=sentence.criterion.path,
        span=span,
        message=f'"{statement.modal}" states {_MEANING[kind]}',
        hint="say SHALL if it is required; leave the criterion out if it is not",
        fix=_fix(statement.modal, span),
    )


def _fix(modal: str, span: Span) -> Fix | None:
    """Offer SHALL for must, in its letter case."""
    shall = {"must": "shall", "MUST": "SHALL", "Must": "Shall"}.get(modal)
    if shall is None or len(span) != len(modal):
        return None
    return Fix(title=f'write "{shall}"', edits=(Edit(span, shall.encode()),), is_safe=True)


RULE = Rule(
    code="EARS002",
    name="modal-is-not-shall",
    severity=Severity.ERROR,
    since="0.1",
    page=__doc__,
    check=check,
    examples=(
        criteria("WHEN an order is paid, THE Store should send a receipt", fires=1),
        criteria("THE Store may keep a copy", "THE Store might keep a copy", fires=2),
        criteria("IF the card is refused, THEN the customer can retry", fires=1),
        criteria("THE Store will encrypt card numbers", fires=1),
        criteria("THE Store MUST encrypt card numbers", fires=1, fixed=("THE Store SHALL encrypt card numbers",)),
        criteria(
            "**AC-1:** When a card is stored, the store must not log it",
            fires=1,
            fixed=("**AC-1:** When a card is stored, the store shall not log it",),
        ),
        criteria(
            "All feature tests should have mock versions",
            fires=1,
            source="dentsusoken/kabotan .kiro/specs/quality-testing-21-e2e-playwright/requirements.md",
        ),
        criteria(
            "Code changes must not break local development workflows, including `npm run start`, `npm run build`, and `npm run type-check`.",
            fires=1,
            source="kingkw1/2Truths-1Lie .kiro/specs/core-gameplay-flow/requirements.md",
            fixed=(
                "Code changes shall not break local development workflows, including `npm run start`, `npm run build`, and `npm run type-check`.",
            ),
        ),
        criteria("THE Store SHALL keep orders"),
        criteria("WHEN a customer can pay, THE Store SHALL show the total"),
        criteria('THE Store SHALL show the text "You should sign in" and `must` in code'),
        criteria("WHEN 用户登录 THEN 系统必须创建会话"),
        criteria("Orders are kept for a year"),
        criteria("Users can filter the list"),
        criteria(
            "WHEN installation is declined THEN the system SHALL not show the prompt again for 7 days",
            source="Foodshareclub/foodshare-web .kiro/specs/mobile-pwa/requirements.md",
        ),
        criteria(
            "IF ユーザーがページを再読み込みしたTHEN システムは以前の会話履歴を保持し表示しなければならない",
            source="gotalab/cc-sdd .kiro/specs/vercel-ai-chatui-research-agent-ja/requirements.md",
        ),
    ),
)
