"""Lists the rules."""

from __future__ import annotations

from setsquare.rules.cfg import unknown_key, unreadable, wrong_value
from setsquare.rules.dsn import section
from setsquare.rules.ears import clause, modal, subject
from setsquare.rules.mcp import secret
from setsquare.rules.rule import Rule
from setsquare.rules.steering import placeholder
from setsquare.rules.trc import dangling, uncovered
from setsquare.rules.tsk import duplicate, open_child, untraced

RULES: tuple[Rule, ...] = (
    modal.RULE,
    subject.RULE,
    clause.RULE,
    dangling.RULE,
    uncovered.RULE,
    untraced.RULE,
    duplicate.RULE,
    open_child.RULE,
    section.RULE,
    placeholder.RULE,
    secret.RULE,
    unknown_key.RULE,
    wrong_value.RULE,
    unreadable.RULE,
)
"""Every rule, in the order of families."""
