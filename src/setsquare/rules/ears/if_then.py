"""An IF has no THEN.

What: a criterion opens with IF, and a comma or the subject ends the condition, not THEN.

Why: EARS writes unwanted behaviour as `If …, then …`; the pair shows at a glance which criteria are about what goes wrong.

Example: `IF the card is refused, THE Store SHALL log it`

Instead: `IF the card is refused, THEN THE Store SHALL log it`

Fix safety: THEN is added in the letter case of IF, which does not change the meaning.

Source: EARS, Mavin et al., RE'09 (template of unwanted behaviour). Only English is judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.rules.evidence import Evidence, Sentence
from setsquare.rules.finding import Finding, Fix, Severity
from setsquare.rules.rewriting import Change, fix, recased
from setsquare.rules.rule import Rule
from setsquare.rules.sample import criteria
from setsquare.spec.statement import ClauseKind, Pattern
from setsquare.text.lazy_pattern import LazyPattern

_GAP = LazyPattern(r"[ \t\r\n,;:]+")


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every English IF before the subject that no THEN follows."""
    for sentence in evidence.sentences:
        statement = sentence.statement
        if not statement.clauses or statement.has_then or not statement.modal or statement.language != "en":
            continue
        last = statement.clauses[-1]
        if last.kind is ClauseKind.IF and last.is_closed and not last.is_postfix and statement.pattern is not Pattern.PROPERTY:
            yield Finding(
                code=RULE.code,
                severity=RULE.severity,
                path=sentence.criterion.path,
                span=evidence.span_in(sentence.criterion, last.start, min(last.end + 2, statement.modal_at[0])),
                message=f"{last.keyword} has no {recased('then', like=last.keyword)}",
                hint=f"write {last.keyword} <condition>, {recased('then', like=last.keyword)} <part> SHALL <response>",
                fix=_fix(evidence, sentence, last.end, recased("then", like=last.keyword)),
            )


def _fix(evidence: Evidence, sentence: Sentence, end: int, then: str) -> Fix | None:
    """Put THEN where the condition ends."""
    gap = _GAP.match(sentence.statement.text, end)
    if gap is None or gap.end() > end + 2:
        return None
    mend = fix(evidence, sentence, f"add {then}", [Change(end, gap.end(), f", {then} ")])
    return mend if mend and mend.is_safe else None


RULE = Rule(
    code="EARS013",
    name="if-without-then",
    severity=Severity.NOTE,
    since="0.1",
    page=__doc__,
    check=check,
    examples=(
        criteria("IF the card is refused, THE Store SHALL log it", fires=1, fixed=("IF the card is refused, THEN THE Store SHALL log it",)),
        criteria("If the card is refused, the store shall log it", fires=1, fixed=("If the card is refused, then the store shall log it",)),
        criteria("IF the card is refused THE Store SHALL log it", fires=1, fixed=("IF the card is refused, THEN THE Store SHALL log it",)),
        criteria("While the shop is open, if the card is refused, the store shall log it", fires=1),
        criteria("IF `retry` is set, THE Store SHALL retry", fires=1, fixed=("IF `retry` is set, THEN THE Store SHALL retry",)),
        criteria("IF the card is refused, THEN THE Store SHALL log it"),
        criteria("WHEN the card is refused, THE Store SHALL log it"),
        criteria("THE Store SHALL log it if the card is refused"),
        criteria("If the card is refused, log it"),
        criteria("如果登录失败，系统必须记录日志"),
        criteria(
            "IF a theme change fails, THE Theme_Manager SHALL display an error notification and retain the previous theme",
            fires=1,
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/unified-app-theming/requirements.md",
            fixed=("IF a theme change fails, THEN THE Theme_Manager SHALL display an error notification and retain the previous theme",),
        ),
        criteria(
            "IF refresh fails, THE System SHALL mark connection status as 'expired'",
            fires=1,
            source="997899594/Juanie .kiro/specs/authentication-refactoring/requirements.md",
            fixed=("IF refresh fails, THEN THE System SHALL mark connection status as 'expired'",),
        ),
        criteria(
            'WHEN a user clicks the "custom" period button, THE Custom_Period_Selector SHALL display a date/time picker interface',
            source="Homas/RpiDNS .kiro/specs/custom-period/requirements.md",
        ),
        criteria(
            "IF start date/time is after end date/time, THEN THE Custom_Period_Selector SHALL display a validation error and prevent data fetch",
            source="Homas/RpiDNS .kiro/specs/custom-period/requirements.md",
        ),
    ),
)
