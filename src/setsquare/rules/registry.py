"""Lists the rules."""

from __future__ import annotations

from setsquare.rules.actor import person
from setsquare.rules.amb import (
    able_to,
    absolute,
    and_or,
    comparative,
    double_negative,
    escape,
    loophole,
    open_list,
    passive,
    pronoun,
    vague,
    weak_verb,
    when_soon,
)
from setsquare.rules.atom import length, several, verbs
from setsquare.rules.cfg import check_setting, unknown_key, unreadable, wrong_value
from setsquare.rules.design import solution
from setsquare.rules.dsn import section
from setsquare.rules.ears import (
    clause,
    empty,
    failure,
    if_then,
    letter_case,
    modal,
    obligation,
    order,
    postfix,
    subject,
    triggers,
    when_then,
    where,
)
from setsquare.rules.mcp import secret
from setsquare.rules.num import unit, window
from setsquare.rules.rset import balance, contradiction, granularity, placement, repeated, testable
from setsquare.rules.rule import Rule
from setsquare.rules.steering import placeholder
from setsquare.rules.sup import reason, unknown, unused
from setsquare.rules.term import acronym, glossary, undecided
from setsquare.rules.trc import broken_lock, dangling, same_name, shifted, stale_lock, suspect, uncovered
from setsquare.rules.tsk import duplicate, open_child, untraced

RULES: tuple[Rule, ...] = (
    obligation.RULE,
    modal.RULE,
    subject.RULE,
    clause.RULE,
    empty.RULE,
    letter_case.RULE,
    when_then.RULE,
    if_then.RULE,
    order.RULE,
    postfix.RULE,
    triggers.RULE,
    where.RULE,
    failure.RULE,
    several.RULE,
    verbs.RULE,
    length.RULE,
    person.RULE,
    escape.RULE,
    vague.RULE,
    open_list.RULE,
    pronoun.RULE,
    and_or.RULE,
    comparative.RULE,
    absolute.RULE,
    loophole.RULE,
    when_soon.RULE,
    able_to.RULE,
    weak_verb.RULE,
    passive.RULE,
    double_negative.RULE,
    unit.RULE,
    window.RULE,
    undecided.RULE,
    glossary.RULE,
    acronym.RULE,
    solution.RULE,
    repeated.RULE,
    contradiction.RULE,
    placement.RULE,
    granularity.RULE,
    balance.RULE,
    testable.RULE,
    dangling.RULE,
    uncovered.RULE,
    suspect.RULE,
    shifted.RULE,
    broken_lock.RULE,
    same_name.RULE,
    stale_lock.RULE,
    untraced.RULE,
    duplicate.RULE,
    open_child.RULE,
    section.RULE,
    placeholder.RULE,
    secret.RULE,
    unknown_key.RULE,
    wrong_value.RULE,
    unreadable.RULE,
    check_setting.RULE,
    reason.RULE,
    unknown.RULE,
    unused.RULE,
)
"""Every rule, in the order of families."""
