"""Which files a workspace consists of and what each is for, from paths alone."""

from __future__ import annotations

import pytest

from setsquare.text.paths import RelPath
from setsquare.workspace.artefact import ArtefactKind, RootKind
from setsquare.workspace.layout import classify, enters, packages, roots, selection, selects, spec_root

KINDS = [
    (".kiro/specs/login/requirements.md", ArtefactKind.REQUIREMENTS),
    (".kiro/specs/Phase 1/1.1-setup/design.md", ArtefactKind.DESIGN),
    (".kiro/specs/_archived/22-x/tasks.md", ArtefactKind.TASKS),
    (".kiro/specs/fix/bugfix.md", ArtefactKind.BUGFIX),
    (".kiro/specs/fix/.config.kiro", ArtefactKind.SPEC_CONFIG),
    (".kiro/specs/fix/spec.json", ArtefactKind.SPEC_CONFIG),
    (".kiro/specs/fix/ui-design.md", ArtefactKind.SPEC_EXTRA),
    (".kiro/specs/README.md", ArtefactKind.SPEC_EXTRA),
    (".kiro/specs/tasks.md", ArtefactKind.SPEC_EXTRA),
    ("deep/down/.kiro/steering/00-project.md", ArtefactKind.STEERING),
    (".kiro/hooks/00-lint.md", ArtefactKind.HOOK),
    (".kiro/hooks/x.kiro.hook", ArtefactKind.HOOK),
    (".kiro/agents/team/planner.json", ArtefactKind.AGENT),
    (".kiro/skills/pdf/SKILL.md", ArtefactKind.SKILL),
    (".kiro/skills/pdf/AGENTS.md", ArtefactKind.SKILL),
    (".kiro/prompts/opsx-apply.prompt.md", ArtefactKind.PROMPT),
    (".kiro/powers/x/POWER.md", ArtefactKind.POWER),
    (".kiro/mcp.json", ArtefactKind.MCP),
    (".kiro/settings/mcp.json", ArtefactKind.MCP),
    (".kiro/settings/permissions.yaml", ArtefactKind.PERMISSIONS),
    (".kiro/settings.json", ArtefactKind.SETTINGS),
    (".kiro/task-log.md", ArtefactKind.TASK_LOG),
    (".kiro/settings/templates/specs/tasks.md", ArtefactKind.UNKNOWN),
    (".kiro/evals/x.bin", ArtefactKind.UNKNOWN),
    (".kiroignore", ArtefactKind.IGNORE),
    ("AGENTS.md", ArtefactKind.INSTRUCTIONS),
    ("a/b/CLAUDE.md", ArtefactKind.INSTRUCTIONS),
    ("GEMINI.md", ArtefactKind.INSTRUCTIONS),
    (".cursorrules", ArtefactKind.INSTRUCTIONS),
    (".clinerules", ArtefactKind.INSTRUCTIONS),
    (".clinerules/typescript.md", ArtefactKind.INSTRUCTIONS),
    (".windsurfrules", ArtefactKind.INSTRUCTIONS),
    (".windsurf/rules/a/b.md", ArtefactKind.INSTRUCTIONS),
    (".cursor/rules/general.md", ArtefactKind.INSTRUCTIONS),
    ("packages/web/.cursor/rules/x/y.mdc", ArtefactKind.INSTRUCTIONS),
    ("rules/loose.mdc", ArtefactKind.INSTRUCTIONS),
    (".junie/guidelines.md", ArtefactKind.INSTRUCTIONS),
    (".github/copilot-instructions.md", ArtefactKind.INSTRUCTIONS),
    (".github/instructions/ts.instructions.md", ArtefactKind.INSTRUCTIONS),
    (".github/prompts/x.prompt.md", ArtefactKind.PROMPT),
    (".github/agents/openspec.agent.md", ArtefactKind.AGENT),
    (".claude/commands/opsx/apply.md", ArtefactKind.PROMPT),
    (".claude/agents/reviewer.md", ArtefactKind.AGENT),
    (".claude/skills/openspec-apply/scripts/run.py", ArtefactKind.SKILL),
    (".agents/skills/x/SKILL.md", ArtefactKind.SKILL),
    (".gemini/commands/opsx/apply.toml", ArtefactKind.PROMPT),
    (".cospec/openspec/commands/opsx-apply.md", ArtefactKind.PROMPT),
    ("tools/SKILL.md", ArtefactKind.SKILL),
    (".mcp.json", ArtefactKind.MCP),
    ("mcp.json", ArtefactKind.MCP),
    (".vscode/mcp.json", ArtefactKind.MCP),
    (".cursor/mcp.json", ArtefactKind.MCP),
    ("aws/POWER.md", ArtefactKind.POWER),
    ("plugin.json", ArtefactKind.POWER),
    ("CODEOWNERS", ArtefactKind.CODEOWNERS),
    (".github/CODEOWNERS", ArtefactKind.CODEOWNERS),
    ("repository/.gitlab/CODEOWNERS", ArtefactKind.CODEOWNERS),
    ("docs/CODEOWNERS", ArtefactKind.CODEOWNERS),
    ("openspec/config.yaml", ArtefactKind.OPENSPEC),
    ("openspec/specs/auth/spec.md", ArtefactKind.OPENSPEC),
    ("openspec/changes/archive/2025-01-11-x/specs/cli/spec.md", ArtefactKind.OPENSPEC),
    ("specs/003-user-auth/contracts/api.yaml", ArtefactKind.SPECKIT),
    ("specs/20260101-101010-x/spec.md", ArtefactKind.SPECKIT),
    (".specify/memory/constitution.md", ArtefactKind.SPECKIT),
    ("specs/unit/run.rb", ArtefactKind.UNKNOWN),
    (".setsquare/trace/.kiro/specs/login.lock.jsonl", ArtefactKind.TEAM_STATE),
    ("specs/vendored/.kiro/specs/a/tasks.md", ArtefactKind.TASKS),
]


# req: workspace/1.2
@pytest.mark.parametrize(("path", "kind"), KINDS)
def test_every_kind_is_known_by_its_path_and_selected_at_any_depth(path: str, kind: ArtefactKind) -> None:
    assert classify(path) is kind
    assert selects(path)
    assert selects(f"one/owner+Repo.md/{path}")
    assert classify(f"one/owner+Repo.md/{path}") is kind


@pytest.mark.parametrize(
    "path",
    [
        *("README.md", "src/main.py", "docs/guide.md", ".github/workflows/ci.yml", ".github/dependabot.yml", ".vscode/settings.json"),
        *("agents.py", "lib/steering/rules.md", "skills/readme.md", "tasks.md", ".env", "specs", "openspec"),
        *(".claude/worktrees/x/src/main.py", "my.kiro/steering/a.md", "kiro/steering/a.md", ".kiro"),
    ],
)
def test_other_files_are_not_selected(path: str) -> None:
    assert not selects(path)
    assert classify(path) is ArtefactKind.UNKNOWN


def test_powers_and_skills_bring_the_files_beside_them() -> None:
    paths = [
        *("POWER.md", "steering/a.md", "steering/deep/b.md", "src/x.py", "aws/POWER.md", "aws/mcp.json", "aws/steering/c.md", "aws/x.md"),
        *("plug/plugin.json", "plug/skills/s/SKILL.md", "plug/skills/s/notes.txt", "plug/dev.kiro/y.json", "other/steering/z.md"),
        *("tool/SKILL.md", "tool/references/r.md", "tool/main.py"),
    ]
    chosen = selection(RelPath(path) for path in paths)
    assert set(paths) - set(chosen) == {"src/x.py", "aws/x.md", "other/steering/z.md", "tool/main.py"}
    assert list(chosen) == sorted(chosen)
    beside = packages(paths)
    assert classify("aws/steering/c.md", beside) is ArtefactKind.POWER
    assert classify("plug/skills/s/notes.txt", beside) is ArtefactKind.SKILL
    assert classify("tool/references/r.md", beside) is ArtefactKind.SKILL


def test_roots_need_evidence_where_the_name_is_an_everyday_word() -> None:
    found = roots(
        [
            *("a/.kiro/specs/x/tasks.md", "a/.kiro/steering/y.md", "openspec/changes/z/proposal.md", "lib/openspec/main.py"),
            *("specs/001-x/spec.md", "spec/specs/run.rb", ".specify/feature.json", ".setsquare/approvals/x.jsonl"),
        ]
    )
    assert [(root.path, root.kind) for root in found] == [
        (".specify", RootKind.SPECKIT),
        ("a/.kiro", RootKind.KIRO),
        ("openspec", RootKind.OPENSPEC),
        ("specs", RootKind.SPECKIT),
    ]


@pytest.mark.parametrize(
    ("folder", "is_entered"),
    [
        *((".git", False), ("a/node_modules", False), (".venv", False), ("x/__pycache__", False), ("src", True), ("build", True)),
        *((".kiro/skills/x/node_modules", True), (".kiro/.git", False), ("specs/venv", True), (".kiro", True), ("specs", True)),
    ],
)
def test_generated_folders_are_not_entered_outside_roots(folder: str, is_entered: bool) -> None:
    assert enters(folder) is is_entered


def test_only_kiro_specs_are_spec_roots() -> None:
    assert spec_root("a/.kiro/specs/x/tasks.md") == "a/.kiro"
    assert spec_root(".kiro/specs/tasks.md") == ".kiro"
    assert spec_root("specs/x/tasks.md") is None
    assert spec_root("openspec/specs/x/spec.md") is None
    assert spec_root(".kiro/settings/templates/specs/tasks.md") is None
