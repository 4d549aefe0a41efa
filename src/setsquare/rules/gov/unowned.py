"""A schema, the rules or the workflow policy have no owner.

What: the repository assigns owners in `CODEOWNERS`, and no line of it gives an owner to the schema of a workflow (`openspec/schemas/`,
`.specify/templates/`), the rules (`.setsquare/check.toml`, the baseline) or the workflow policy (`.kiro/settings.json`, permissions, hooks, `openspec/config.yaml`,
the constitution), or the last line that matches names nobody.

Why: these files decide what everybody's specs must look like and what agents may do. Without an owner anybody's approval is enough to loosen them.

Example: `/src/ @org/developers`, and nothing for `.setsquare/check.toml`

Instead: `/.setsquare/ @org/architects` after the lines that are more general

Fix safety: no fix; who owns a policy is for the team to say.

Source: GitHub Docs, "About code owners"; GitLab Docs, "Code Owners"; the governance model of the OpenSpec tutorial. A policy without an owner
names nobody, so every example is made.
"""

from __future__ import annotations

from collections.abc import Iterator

from setsquare.rules.evidence import Evidence
from setsquare.rules.finding import Example, Finding, Severity
from setsquare.rules.owned_policy import PolicyFiles, policy_files
from setsquare.rules.rule import Reach, Rule
from setsquare.text.span import Span
from setsquare.workspace.code_owners import CodeOwners, effective, read_code_owners


def check(evidence: Evidence) -> Iterator[Finding]:
    """Find the policy files that nobody owns, one finding for each folder; silent where owners are not assigned at all."""
    place = effective(evidence.workspace.by_path)
    if place is None:
        return
    owners = read_code_owners(evidence.workspace.by_path[place].document)
    for group in policy_files(evidence.workspace.artefacts):
        bare = tuple(path for path in group.paths if not owners.owners_of(path))
        if bare:
            yield _finding(owners, group, bare)


def _finding(owners: CodeOwners, group: PolicyFiles, bare: tuple[str, ...]) -> Finding:
    """Say what is not owned, and which line would change that."""
    line = owners.line_of(bare[0])
    more = f" (here and in {len(bare) - 1} more of its files)" if len(bare) > 1 else ""
    why = f": line {line.line} takes its owners away" if line is not None else f": no line of {owners.path} matches"
    return Finding(
        code=RULE.code,
        severity=RULE.severity,
        path=group.paths[group.paths.index(bare[0])],
        span=Span(0, 0),
        message=f"nobody owns the {group.policy.value}{more}{why}",
        hint=f"add a line at the end of {owners.path}: /{bare[0]} @owner",
    )


_RULES, _SETTINGS, _SCHEMA = ".setsquare/check.toml", ".kiro/settings.json", "openspec/schemas/lean/schema.yaml"


def _repository(owners: str, *paths: str, fires: int = 0, place: str = ".github/CODEOWNERS") -> Example:
    files = tuple((path, "{}\n" if path.endswith(".json") else "\n") for path in paths)
    return Example(files=((place, owners), *files), fires=fires)


RULE = Rule(
    code="GOV001",
    name="policy-without-owner",
    severity=Severity.WARNING,
    since="0.2",
    page=__doc__,
    check=check,
    reach=Reach.WORKSPACE,
    examples=(
        _repository("/src/ @org/developers\n", _RULES, fires=1),
        _repository("* @org/developers\n/.setsquare/\n", _RULES, fires=1),
        _repository("/.kiro/ @ada\n", _SETTINGS, _RULES, _SCHEMA, fires=2),
        _repository("# nobody yet\n", "openspec/config.yaml", fires=1),
        _repository("/openspec/config.yaml @ada\n", _SCHEMA, "openspec/schemas/lean/templates/tasks.md", fires=1, place="CODEOWNERS"),
        _repository("[Docs] @writers\n/docs/\n", ".specify/memory/constitution.md", fires=1, place=".gitlab/CODEOWNERS"),
        _repository("* @org/developers\n", _RULES, _SETTINGS, _SCHEMA),
        _repository("/.setsquare/ @org/architects\n/.kiro/settings.json lead@example.org\n", _RULES, _SETTINGS),
        _repository("[Policy][2] @org/architects\nopenspec/\n[Docs] @writers\n/docs/\n", _SCHEMA, place=".gitlab/CODEOWNERS"),
        _repository("/src/ @org/developers\n", "openspec/specs/login/spec.md"),
        Example(files=((_RULES, "\n"), (_SETTINGS, "{}\n"))),
        _repository("/src/ @ada\n", _RULES, place="packages/a/CODEOWNERS"),
    ),
)
