"""Judges a workspace by the rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding
from setsquare.rules.registry import RULES
from setsquare.rules.rule import Rule
from setsquare.workspace.model import Workspace


def check(workspace: Workspace, selected: Collection[str] | None = None) -> tuple[Finding, ...]:
    """Judge a workspace by all rules, or by those of the given codes and families; findings are sorted by path, place and code.

    >>> check(Workspace())
    ()
    """
    evidence = Evidence(workspace)
    return ordered(finding for rule in chosen(selected) for finding in rule.check(evidence))


def chosen(selected: Collection[str] | None = None) -> tuple[Rule, ...]:
    """List the rules of codes and families in any letter case; all where nothing is selected.

    >>> [rule.code for rule in chosen(["mcp", "EARS004"])]
    ['EARS004', 'MCP001']
    """
    if selected is None:
        return RULES
    wanted = {name.upper() for name in selected}
    return tuple(rule for rule in RULES if rule.code in wanted or rule.family in wanted)


# req: check/1.5
def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort findings by path, place, code and message, each once.

    >>> ordered([])
    ()
    """
    return tuple(sorted(set(findings), key=lambda finding: (finding.path, finding.span, finding.code, finding.message)))
