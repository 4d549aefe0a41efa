"""A spec has too few or too many criteria.

What: the number of criteria of a spec lies outside what its team has agreed: `min` and `max`, at first 5 and 10 (statements of a high level); a team
that writes in detail sets 20 and 0, where 0 means no bound. The rule is off unless asked for.

Why: a spec of three criteria leaves the design to guess, one of eighty is read by nobody; which number is right is a choice that a team should make
once.

Example: a spec of two criteria

Instead: five to ten statements, or twenty and more in detail

Fix safety: no fix; requirements must be written or moved.

Source: the tutorial's decision on the granularity of requirements (5 to 10 statements of a high level, or 20 and more detailed criteria).
"""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Finding, Severity
from setsquare.rules.rule import Option, Rule
from setsquare.rules.sample import criteria
from setsquare.workspace.spec import Requirements

_FEWEST = 5
_MOST = 10


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find every spec whose number of criteria lies outside the bounds."""
    fewest = evidence.config.number("RSET004", "min", _FEWEST)
    most = evidence.config.number("RSET004", "max", _MOST)
    for spec in evidence.active_specs:
        count = len(spec.requirements.criteria) if spec.requirements else 0
        if spec.requirements and count and (count < fewest or 0 < most < count):
            yield _finding(evidence, spec.requirements, fewest, most)


def _finding(evidence: Evidence, requirements: Requirements, fewest: int, most: int) -> Finding:
    count = len(requirements.criteria)
    first = requirements.criteria[0]
    bounds = f"from {fewest} to {most}" if most else f"{fewest} or more"
    return Finding(
        code=RULE.code,
        severity=RULE.severity,
        path=requirements.path,
        span=evidence.span_in(first, 0, len(first.text)),
        message=f"{count} criteria in this spec; agreed are {bounds}",
        hint="write what is missing" if count < fewest else "split the spec, or keep the details for the design",
    )


_TEA = tuple(f"THE Store SHALL sell tea number {number}" for number in range(1, 12))

RULE = Rule(
    code="RSET004",
    name="granularity",
    severity=Severity.NOTE,
    since="0.1",
    page=__doc__,
    check=check,
    is_default=False,
    options=(
        Option("min", _FEWEST, "the fewest criteria of a spec"),
        Option("max", _MOST, "the most criteria of a spec; 0 for no bound"),
    ),
    examples=(
        criteria(*_TEA, fires=1),
        criteria(*_TEA[:4], fires=1),
        criteria(_TEA[0], fires=1),
        criteria(_TEA[0], "THE Store SHALL keep orders", fires=1),
        criteria("WHEN 用户登录 THEN 系统 SHALL 创建会话", fires=1),
        criteria(*_TEA[:10]),
        criteria(*_TEA[:5]),
        criteria(*_TEA[:7]),
        criteria(*_TEA[1:9]),
        criteria(),
        criteria(
            "THE Settings_Screen SHALL prevent saving settings while validation errors exist",
            fires=1,
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/platform-settings-screen/requirements.md",
        ),
        criteria(
            "IF refresh fails, THE System SHALL mark connection status as 'expired'",
            fires=1,
            source="997899594/Juanie .kiro/specs/authentication-refactoring/requirements.md",
        ),
        criteria(
            "THE Windows build SHALL create an installer (.exe) using Inno Setup",
            "THE Windows build SHALL create a portable ZIP package",
            "THE Linux build SHALL create a Flatpak package",
            "THE Linux build SHALL create a .deb package",
            "THE Android build SHALL create an APK file",
            source="CloudToLocalLLM-online/CloudToLocalLLM .kiro/specs/multi-platform-builds/requirements.md",
        ),
        criteria(
            "THE System SHALL require a unique feed name following DNS naming conventions",
            "THE System SHALL allow selection of policy action (nxdomain, nodata, passthru, drop, CNAME) with nxdomain as default",
            "IF CNAME action is selected, THEN THE System SHALL require a redirect target domain",
            "THE System SHALL allow an optional description",
            "THE System SHALL create the zone file and add the zone configuration to named_conf",
            source="Homas/RpiDNS .kiro/specs/rpz-feeds-management/requirements.md",
        ),
    ),
)
