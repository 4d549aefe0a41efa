from __future__ import annotations

from setsquare.guard.capability import Capability, Mode
from setsquare.guard.confine import exceeds_limit, protected_prefixes, violations
from setsquare.workspace.settings import AgentSettings

CAPABILITY = Capability(
    task="1", mode=Mode.SUPERVISED, agent=AgentSettings(max_file_edits_per_task=1, protected_paths=("infra/**",)), writable=("src/**",)
)
PRESENT = (
    "src/a.py",
    ".git/HEAD",
    ".kiro/specs/a/tasks.md",
    "AGENTS.md",
    "sub/.env",
    "sub/.vscode/settings.json",
    "Makefile",
    "specs/1/tasks.md",
)


def test_what_exists_is_read_only_and_what_does_not_cannot_be_created():
    masks = protected_prefixes(PRESENT)
    assert {".git", ".kiro", "AGENTS.md", "sub/.vscode/settings.json", "Makefile", "specs/1/tasks.md"} <= set(masks.read_only)
    assert {".vscode", ".mcp.json", "CLAUDE.md", ".github", ".env", "sub/.env", ".setsquare"} <= set(masks.hidden)
    assert not set(masks.read_only) & set(masks.hidden)
    assert "src/a.py" not in masks.read_only


def test_an_approved_path_is_not_masked_unless_it_is_denied():
    masks = protected_prefixes(PRESENT, approved=("Makefile", ".github/workflows/ci.yml", ".git/HEAD", ".kiro/specs/a/tasks.md"))
    assert "Makefile" not in masks.read_only
    assert ".github" not in masks.hidden
    assert {".git", ".kiro"} <= set(masks.read_only)


def test_violations_are_what_was_not_permitted():
    changes = ("src/a.py", "lib/a.py", ".git/HEAD", "src/conftest.py", "infra/x.tf", "src/.env")
    assert violations(changes, CAPABILITY) == changes[1:]
    assert violations(changes, CAPABILITY, approved=changes) == (".git/HEAD",)
    assert exceeds_limit(("a", "b"), CAPABILITY)
    assert not exceeds_limit(("a", "a"), CAPABILITY)
