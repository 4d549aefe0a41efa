"""`setsquare openspec init` and `update`: what is written, what stays, and what becomes of older files."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from tests.e2e.planning import OpenSpec, files_of, lay

pytestmark = pytest.mark.usefixtures("project")

BLOCK = "<!-- OPENSPEC:START -->\nx\n<!-- OPENSPEC:END -->\n"


@pytest.fixture
def project(own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project that is the current folder."""
    monkeypatch.setenv("CODEX_HOME", str(own_home / "codex"))
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"


def settings(tmp_path: Path) -> dict[str, object]:
    path = tmp_path / "home/config/openspec/config.json"
    found: dict[str, object] = json.loads(path.read_text()) if path.exists() else {}
    return found


# req: openspec-interop/6.1
def test_a_project_is_set_up_and_left_alone_the_second_time(openspec: OpenSpec, project: Path) -> None:
    assert openspec("init", "--tools", "kiro", "--language", "Spanish").code == 0
    first = files_of(project)
    assert len(first) == 15
    assert {"openspec/config.yaml", "openspec/specs/.gitkeep", "openspec/changes/archive/.gitkeep"} <= set(first)
    assert b"  Language: Spanish\n" in first["openspec/config.yaml"]
    assert openspec("init", "--tools", "kiro").code == 0
    assert files_of(project) == first
    assert openspec("update").out.startswith("✓ All 1 tool(s) up to date (v1.13.2)\n  Tools: kiro\n")
    assert openspec("init", "--tools", "kiro", "--language", "French").code == 1


def test_a_set_up_that_was_cut_off_is_completed(openspec: OpenSpec, project: Path, tmp_path: Path) -> None:
    """Any first part of the files, in the order in which they are written, is made whole by the same command."""
    openspec("init", "--tools", "kiro")
    whole = files_of(project)
    ordered = sorted(whole, key=lambda path: (path == "openspec/config.yaml", "openspec/" in path[:9], path))
    for count in range(0, len(ordered), 2):
        for path in whole:
            (project / path).unlink(missing_ok=True)
        lay(project, {path: whole[path].decode() for path in ordered[:count]})
        assert openspec("init", "--tools", "kiro").code == 0
        assert files_of(project) == whole
    assert settings(tmp_path) == {}


def test_all_tools_and_nothing_outside_but_the_one_at_home(openspec: OpenSpec, project: Path, tmp_path: Path) -> None:
    assert openspec("init", "--tools", "all").code == 0
    found = files_of(project)
    assert sum(path.endswith("/SKILL.md") for path in found) == 36 * 6
    assert found[".agents/skills/.openspec-target"] == b"codex\n"
    assert {path.split("/")[0] for path in files_of(tmp_path / "home")} == {".minimax"}
    assert not any(path.startswith(".github/workflows") for path in found)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ([], "✖ Error: No tools detected and no --tools flag provided. Valid tools:\n  amazon-q\n"),
        (["--tools", ""], '✖ Error: The --tools option requires a value. Use "all", "none", or a comma-separated list of tool IDs.\n'),
        (["--tools", "all,kiro"], '✖ Error: Cannot combine reserved values "all" or "none" with specific tool IDs.\n'),
        (["--tools", "kiro,foo"], "✖ Error: Invalid tool(s): foo. Available values: all, none, amazon-q, "),
        (["--tools", "kiro", "--profile", "bad"], '✖ Error: Invalid profile "bad". Available profiles: core, custom\n'),
        (["file", "--tools", "kiro"], '✖ Error: Path "file" is not a directory\n'),
        (["--tools", "kiro", "--language", "a\nrules: x"], "✖ Error: The --language option takes one line of text.\n"),
    ],
)
# req: openspec-interop/2.2
def test_what_cannot_be_set_up_writes_nothing(openspec: OpenSpec, project: Path, argv: list[str], said: str) -> None:
    lay(project, {"file": ""})
    ran = openspec("init", *argv)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(said)
    assert list(files_of(project)) == ["file"]


def test_the_tools_that_are_found_and_a_new_folder(openspec: OpenSpec, project: Path) -> None:
    (project / ".cursor").mkdir()
    assert "Created: Cursor\n" in openspec("init").out
    assert (project / ".cursor/commands/opsx-apply.md").exists()
    ran = openspec("init", "sub", "--tools", "windsurf,github-copilot", "--copilot-cloud")
    assert ran.out.startswith('Directory "sub" doesn\'t exist, it will be created.\n')
    found = files_of(project / "sub")
    assert {".devin/workflows/opsx-apply.md", ".github/workflows/copilot-setup-steps.yml", ".github/agents/openspec.agent.md"} <= set(found)


def test_update_mends_what_was_changed_and_removes_what_is_not_chosen(openspec: OpenSpec, project: Path, tmp_path: Path) -> None:
    openspec("init", "--tools", "kiro")
    skills, prompts = project / ".kiro/skills", project / ".kiro/prompts"
    (prompts / "opsx-apply.prompt.md").unlink()
    lay(project, {".kiro/prompts/own.prompt.md": "mine", ".kiro/skills/openspec-onboard/SKILL.md": "by a person\n"})
    assert openspec("update").out.startswith("Updating 1 tool(s): kiro (")
    assert (prompts / "opsx-apply.prompt.md").exists()
    assert settings(tmp_path)["profile"] == "custom"
    openspec("config", "set", "workflows", '["archive","new"]')
    out = openspec("update").out
    assert "Removed: 4 skill directories (deselected workflows)\n" in out
    assert "Note: Your custom profile is missing 4 core workflows: propose, explore, apply, update\n" in out
    assert sorted(path.name for path in skills.iterdir()) == [
        "openspec-archive-change",
        "openspec-new-change",
        "openspec-onboard",
        "openspec-sync-specs",
    ]
    openspec("config", "set", "delivery", "skills")
    openspec("update")
    assert [path.name for path in prompts.iterdir()] == ["own.prompt.md"]


# req: openspec-interop/6.2
def test_a_skill_of_a_person_is_kept(openspec: OpenSpec, project: Path) -> None:
    lay(project, {".kiro/skills/openspec-explore/SKILL.md": "by a person\n"})
    assert "Kept .kiro/skills/openspec-explore/SKILL.md (not created by OpenSpec)\n" in openspec("init", "--tools", "kiro").out
    openspec("update", "--force")
    assert (project / ".kiro/skills/openspec-explore/SKILL.md").read_text() == "by a person\n"


def test_update_needs_a_project(openspec: OpenSpec, project: Path) -> None:
    ran = openspec("update")
    assert (ran.code, ran.err) == (1, "✖ Error: No OpenSpec directory found. Run 'openspec init' first.\n")
    (project / "openspec").mkdir()
    assert openspec("update").out == 'No configured tools found.\nRun "openspec init" to set up tools.\n'


OLD = {
    "CLAUDE.md": f"# Mine\n\n{BLOCK}\nafter\n",
    "AGENTS.md": BLOCK,
    ".claude/commands/openspec/apply.md": BLOCK,
    ".claude/commands/openspec/mine.md": "own\n",
    ".cursor/commands/openspec-apply.md": "old\n",
    "openspec/AGENTS.md": "old\n",
    "openspec/project.md": "# Project\n",
    "openspec/specs/a/spec.md": "# a\n",
    "openspec/changes/c/proposal.md": "p\n",
}


# req: openspec-interop/5.2
def test_init_cleans_up_what_older_versions_generated(openspec: OpenSpec, project: Path) -> None:
    lay(project, OLD)
    out = openspec("init", "--tools", "kiro").out
    found = files_of(project)
    assert found["CLAUDE.md"] == b"# Mine\n\nafter\n"
    assert found["AGENTS.md"] == b""
    assert set(OLD) - set(found) == {".claude/commands/openspec/apply.md", ".cursor/commands/openspec-apply.md", "openspec/AGENTS.md"}
    assert all(found[path] == OLD[path].encode() for path in OLD if path in found and path not in ("CLAUDE.md", "AGENTS.md"))
    assert "  • Kept .claude/commands/openspec/mine.md (not created by OpenSpec)\n" in out
    assert not (project / ".cursor").exists()


# req: openspec-interop/5.1
def test_update_names_older_files_and_cleans_up_only_when_told(openspec: OpenSpec, project: Path) -> None:
    lay(project, OLD)
    before = files_of(project)
    assert "⚠ Run with --force to auto-cleanup legacy files" in openspec("update").out
    assert files_of(project) == before
    assert openspec("update", "--force").code == 0
    found = files_of(project)
    assert ".claude/commands/openspec/apply.md" not in found
    assert {".claude/commands/opsx/apply.md", ".cursor/commands/opsx-apply.md"} <= set(found)


# req: openspec-interop/5.5
def test_a_link_is_kept_and_nothing_is_written_through_it(openspec: OpenSpec, project: Path, tmp_path: Path) -> None:
    lay(project, {"AGENTS.md": f"# Mine\n{BLOCK}"})
    os.symlink("AGENTS.md", project / "CLAUDE.md")
    assert openspec("init", "--tools", "none").code == 0
    assert os.readlink(project / "CLAUDE.md") == "AGENTS.md"
    assert (project / "AGENTS.md").read_text() == "# Mine\n"
    (tmp_path / "outside").mkdir()
    os.symlink(tmp_path / "outside", project / ".kiro")
    before = files_of(project)
    ran = openspec("init", "--tools", "kiro,claude")
    assert ran.code == 1
    assert files_of(project) == before
    assert files_of(tmp_path / "outside") == {}


# req: openspec-interop/5.1
@pytest.mark.parametrize(
    ("tool", "old", "new"), [("devin", ".windsurf", ".devin"), ("antigravity", ".agent", ".agents"), ("codex", ".codex", ".agents")]
)
def test_update_moves_the_folder_of_a_renamed_tool(openspec: OpenSpec, project: Path, tool: str, old: str, new: str) -> None:
    openspec("init", "--tools", tool)
    after = files_of(project)
    os.rename(project / new, project / old)
    (project / old / "skills/.openspec-target").unlink(missing_ok=True)
    lay(
        project,
        {f"{old}/rules/mine.md": "mine\n", f"{old}/skills/own/SKILL.md": "own\n", f"{old}/skills/openspec-apply-change/notes.md": "n\n"},
    )
    ran = openspec("update")
    commands = "" if tool == "codex" else " and 6 commands"
    assert f"Migrated 6 skills{commands}: {old} → {new}" in ran.out
    own = {f"{old}/rules/mine.md", f"{old}/skills/own/SKILL.md", f"{old}/skills/openspec-apply-change/notes.md"}
    assert files_of(project) == after | {name: (project / name).read_bytes() for name in own}
    assert "Migrated" not in openspec("update").out


# req: openspec-interop/5.1
def test_what_stands_at_the_new_place_is_not_overwritten_by_a_move(openspec: OpenSpec, project: Path) -> None:
    openspec("init", "--tools", "devin")
    os.rename(project / ".devin", project / ".windsurf")
    same = (project / ".windsurf/skills/openspec-propose/SKILL.md").read_text()
    lay(
        project,
        {
            ".devin/skills/openspec-explore/SKILL.md": "my own\n",
            ".devin/skills/openspec-propose/SKILL.md": same,
            ".windsurf/skills/openspec-apply-change/SKILL.md": "edited, no mark\n",
        },
    )
    ran = openspec("update")
    assert "Left .windsurf/skills/openspec-explore/SKILL.md: another file stands in .devin/." in ran.out
    assert "Migrated 5 skills and 6 commands: .windsurf → .devin" in ran.out
    found = files_of(project)
    assert found[".devin/skills/openspec-explore/SKILL.md"] == b"my own\n"
    assert found[".devin/skills/openspec-apply-change/SKILL.md"] == b"edited, no mark\n"
    assert {name for name in found if name.startswith(".windsurf/")} == {".windsurf/skills/openspec-explore/SKILL.md"}


# req: openspec-interop/5.5
def test_a_linked_folder_of_a_renamed_tool_is_left_alone(openspec: OpenSpec, project: Path, tmp_path: Path) -> None:
    openspec("init", "--tools", "devin")
    os.rename(project / ".devin", tmp_path / "real")
    os.symlink(tmp_path / "real", project / ".windsurf")
    before = files_of(tmp_path / "real")
    assert "Migrated" not in openspec("update").out
    assert files_of(tmp_path / "real") == before


# req: openspec-interop/5.1
def test_a_shared_folder_that_belongs_to_another_tool_takes_no_skills(openspec: OpenSpec, project: Path) -> None:
    openspec("init", "--tools", "codex")
    os.rename(project / ".agents", project / ".codex")
    lay(project, {".agents/skills/.openspec-target": "zed\n"})
    before = files_of(project)
    assert "Migrated" not in openspec("update").out
    assert files_of(project) == before


PROMPTS = {f"opsx-{name}.md": "x\n" for name in ("apply", "propose", "new", "mine")} | {"other.md": "y\n"}


# req: openspec-interop/5.1
def test_global_prompts_go_once_skills_replace_them_and_only_when_told(openspec: OpenSpec, project: Path, tmp_path: Path) -> None:
    prompts = tmp_path / "home/codex/prompts"
    lay(prompts, PROMPTS)
    assert openspec("init", "--tools", "claude").code == 0
    assert sorted(files_of(prompts)) == sorted(PROMPTS), "no skill of Codex is here"
    assert "Run with --force" in openspec("update").out
    openspec("update", "--force")
    assert sorted(files_of(prompts)) == sorted(PROMPTS)

    ran = openspec("init", "--tools", "codex")
    assert f"✓ Removed {prompts}/opsx-apply.md (replaced by Codex skills)" in ran.out
    assert f"Kept {prompts}/opsx-new.md" in ran.out
    assert sorted(files_of(prompts)) == ["opsx-mine.md", "opsx-new.md", "other.md"]

    lay(prompts, PROMPTS)
    os.unlink(prompts / "opsx-propose.md")
    os.symlink(tmp_path / "home/codex/prompts/other.md", prompts / "opsx-propose.md")
    openspec("update")
    assert (prompts / "opsx-apply.md").exists()
    openspec("update", "--force")
    assert not (prompts / "opsx-apply.md").exists()
    assert (prompts / "opsx-propose.md").is_symlink(), "a link is nobody's generated prompt"
    assert project.is_dir()
