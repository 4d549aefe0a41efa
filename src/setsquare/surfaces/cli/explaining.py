"""Shows the pages of rules by code, name or family, and names the nearest rule for a name that none bears."""

from __future__ import annotations

from collections.abc import Iterable

from setsquare.errors import Usage
from setsquare.rules.page import index, page
from setsquare.rules.registry import RULES
from setsquare.rules.similar import nearest


def explained(name: str) -> tuple[str, str, str]:
    """Give a rule's code, name and page; of a family its letters, no name, and the list of its rules.

    Raises:
        Usage: nothing is called that.
    """
    wanted = name.strip().upper()
    for rule in RULES:
        if wanted in (rule.code, rule.name.upper()):
            return rule.code, rule.name, page(rule)
    family = tuple(rule for rule in RULES if rule.family == wanted)
    if not family:
        insist_on_rules((name,))
    return wanted, "", index(family)


def insist_on_rules(names: Iterable[str]) -> None:
    """Refuse names that no rule and no family bears.

    Raises:
        Usage: there is one.
    """
    known = tuple(dict.fromkeys(name for rule in RULES for name in (rule.code, rule.family, rule.name)))
    folded = {name.upper() for name in known}
    for name in names:
        if name.strip().upper() not in folded:
            near = nearest(name, known)
            families = ", ".join(dict.fromkeys(rule.family for rule in RULES))
            raise Usage(
                f"There is no rule or family `{name}`.",
                f"Did you mean `{near}`?" if near else f"Families: {families}; `--explain FAMILY` lists one.",
            )
