"""No owners are assigned for schema, rules and workflow policy.

What: the repository has files that decide how the team works, and no `CODEOWNERS` file where a forge looks for one. The rule is off until a team
asks for it, because one person needs no owners: `GOV003 = "error"` in `.setsquare/check.toml`.

Why: where no owner is assigned, whoever may merge may loosen the rules and what agents may do.

Example: `.kiro/settings.json` without `.github/CODEOWNERS`

Instead: `.github/CODEOWNERS` with `/.kiro/ @org/architects`

Fix safety: no fix; who owns a policy is for the team to say.

Source: the governance model of the OpenSpec tutorial: owners for schema, rules and workflow policy. A file that is not there is in no
repository, so every example is made.
"""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Example, Finding, Severity
from setsquare.rules.owned_policy import policy_files
from setsquare.rules.rule import Reach, Rule
from setsquare.text.span import Span
from setsquare.workspace.code_owners import PLACES, effective


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find the first policy file of a repository without owners."""
    if effective(evidence.workspace.by_path) is not None:
        return
    groups = policy_files(evidence.workspace.artefacts)
    if groups:
        names = ", ".join(sorted({group.policy.value for group in groups}))
        yield Finding(
            code=RULE.code,
            severity=RULE.severity,
            path=groups[0].paths[0],
            span=Span(0, 0),
            message=f"no CODEOWNERS file assigns owners ({names})",
            hint=f"write {PLACES[0]}: /{groups[0].paths[0]} @owner",
        )


def _files(*paths: str, fires: int = 0) -> Example:
    return Example(files=tuple((path, "{}\n" if path.endswith(".json") else "\n") for path in paths), fires=fires)


RULE = Rule(
    code="GOV003",
    name="no-owners-assigned",
    severity=Severity.WARNING,
    since="0.2",
    page=__doc__,
    check=check,
    is_default=False,
    reach=Reach.WORKSPACE,
    examples=(
        _files(".kiro/settings.json", fires=1),
        _files(".setsquare/check.toml", "openspec/config.yaml", fires=1),
        _files("openspec/schemas/lean/schema.yaml", fires=1),
        _files(".specify/memory/constitution.md", fires=1),
        _files(".kiro/settings.json", "packages/a/CODEOWNERS", fires=1),
        _files(".kiro/settings.json", ".github/CODEOWNERS"),
        _files(".kiro/settings.json", "CODEOWNERS"),
        _files("openspec/config.yaml", ".gitlab/CODEOWNERS"),
        _files("openspec/specs/login/spec.md", ".kiro/steering/tech.md"),
        _files("AGENTS.md"),
    ),
)
