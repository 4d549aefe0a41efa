"""A permission file inside the repository allows something, or cannot be followed.

What: a `permissions.yaml` below `.kiro/`, or `.setsquare/permissions.yaml`, has a rule whose effect is `allow`; or the file is no valid YAML, has
a rule without `capability` or `effect`, a key or a capability that nobody knows, or a key twice.

Why: what comes with a clone cannot grant itself rights, so an `allow` there has no effect and only looks as if it had. A file that cannot be followed
makes every action ask, because what it meant to deny cannot be told.

Example: `- {capability: shell, effect: allow, match: ["npm *"]}` in `.kiro/settings/permissions.yaml`

Instead: `- {capability: shell, effect: deny, match: ["npm publish*"]}`; what is to be allowed stands in `~/.kiro/settings/permissions.yaml`

Fix safety: no fix; whether the rule moves to a person's own file or goes is that person's choice.

Source: Kiro's on-disk format, section 9 (the workspace's scope lies outside of the repository). No public workspace at hand keeps the file, so every
example is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from setsquare.rules.evidence import Evidence, line_span
from setsquare.rules.finding import Example, Finding, Severity
from setsquare.rules.rule import Reach, Rule
from setsquare.rules.sample import file
from setsquare.text.paths import RelPath
from setsquare.text.span import Span
from setsquare.workspace.artefact import ArtefactKind

_TEAM: Final = frozenset({".setsquare/permissions.yaml", ".setsquare/permissions.yml"})


def check(evidence: Evidence) -> Iterator[Finding]:
    """Read every permission file of the repository as a run reads it."""
    for artefact in evidence.workspace.artefacts:
        if artefact.kind is ArtefactKind.PERMISSIONS or artefact.path in _TEAM:
            yield from _problems(evidence, artefact.path)


def _problems(evidence: Evidence, path: RelPath) -> Iterator[Finding]:
    """Read one file."""
    from setsquare.guard.capability import Scope  # noqa: PLC0415  (start-up: most workspaces have no such file)
    from setsquare.guard.permission_reader import read_permissions  # noqa: PLC0415

    raw = evidence.raw(path)
    found = read_permissions(raw, path, Scope.REPOSITORY)
    is_unusable = bool(found.rules) and found.rules[0].source.endswith("(not usable)")
    for problem in found.problems:
        yield Finding(
            code=RULE.code,
            severity=Severity.ERROR if is_unusable or problem.is_refused_allow else Severity.WARNING,
            path=path,
            span=_line(raw, problem.line),
            message=problem.reason + ("; until it is mended everything asks" if is_unusable else ""),
            hint="keep it in ~/.kiro/settings/permissions.yaml, outside of the repository" if problem.is_refused_allow else "",
        )


def _line(raw: bytes, line: int) -> Span:
    """Give a line, counted from 1; the beginning of the file for 0."""
    starts = [0, *(index + 1 for index, byte in enumerate(raw) if byte == ord("\n"))]
    return line_span(raw, starts[line - 1]) if 0 < line <= len(starts) else Span(0, 0)


def _rules(text: str, fires: int = 0, path: str = ".kiro/settings/permissions.yaml") -> Example:
    return file(path, text, fires)


RULE = Rule(
    code="CFG008",
    name="repository-permission",
    severity=Severity.ERROR,
    since="0.2",
    page=__doc__,
    check=check,
    reach=Reach.FILE,
    examples=(
        _rules('rules:\n  - {capability: shell, effect: allow, match: ["npm *"]}\n', fires=1),
        _rules("rules:\n  - capability: all\n    effect: allow\n  - capability: fs_write\n    effect: ALLOW\n", fires=2),
        _rules("rules:\n  - {capability: shell, effect: deny, match: [npm *}\n", fires=1),
        _rules("rules:\n  - {capability: shell, effect: deny, matches: ['npm *']}\n", fires=1),
        _rules("rules:\n  - {capability: shell, effect: deny, effect: allow}\n", fires=1),
        _rules("rules:\n  - {capability: terminal, effect: deny}\n", fires=1, path=".kiro/permissions.yaml"),
        _rules(
            'version: "0.1"\nrules:\n  - {id: net, capability: web_fetch, effect: allow, match: ["*"]}\n',
            fires=1,
            path=".setsquare/permissions.yaml",
        ),
        _rules('version: "9"\nrules: []\n', fires=1),
        _rules('rules:\n  - {capability: shell, effect: deny, match: ["npm publish*"]}\n'),
        _rules("rules:\n  - {capability: fs_read, effect: deny, match: ['**/.env', '**/*.pem']}\n  - {capability: mcp, effect: ask}\n"),
        _rules(
            'version: "0.1"\nmetadata: {name: house rules}\nrules:\n  - {id: one, capability: shell, effect: ask, match: ["terraform *"]}\n'
        ),
        _rules("# nothing yet\n"),
        _rules("rules: []\n"),
        _rules("rules:\n  - {capability: shell, effect: allow}\n", path="docs/permissions.yaml"),
    ),
)
