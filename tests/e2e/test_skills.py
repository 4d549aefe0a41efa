"""`setsquare skills`: files for other tools come, stay current and go, and nothing of anybody else's is touched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from setsquare import wire
from setsquare.errors import StalePlan
from setsquare.integrations.stamp import stamped
from setsquare.integrations.tool import Format
from setsquare.integrations.tools import TOOLS
from setsquare.journeys import installing_skills
from setsquare.journeys.skill_files import Ground

# Without its capabilities the superuser is held to permissions like anybody else.
HELD = """
import ctypes, os, sys
if sys.platform == "linux" and os.geteuid() == 0:
    ctypes.CDLL(None).capset((ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)())
from setsquare.__main__ import main
sys.exit(main(sys.argv[1:]))
"""
SKILL = ".claude/skills/setsquare-run/SKILL.md"


def files_of(folder: Path) -> dict[str, bytes]:
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found if ".git" not in path.relative_to(folder).parts}


def older(path: Path, old: str = "Run a task", new: str = "Do a task", version: str = "0.0.1", form: Format = Format.SKILL) -> bytes:
    """Make a file what an earlier version would have written: other words, its own stamp."""
    text = path.read_text().replace(old, new)
    assert new in text
    bare = "".join(
        line.split("version:")[0] + 'version: ""\n'
        if line.startswith("  version:")
        else '  digest: ""\n'
        if line.startswith("  digest:")
        else line
        for line in text.splitlines(keepends=True)
    )
    path.write_text(stamped(bare, form, version))
    return path.read_bytes()


def states(run, *argv: str) -> dict[str, str]:
    return {
        file["path"]: file["state"] for tool in run("skills", "status", *argv, "--format", "json").json["tools"] for file in tool["files"]
    }


def deeds(ran) -> dict[str, str]:
    return {file["path"]: file["deed"] for file in ran.json["files"]}


def test_install_status_update_and_remove(run, folder: Path) -> None:
    ran = run("skills", "install", "--tools", "all", "--yes", "--format", "json")
    assert (ran.code, ran.json["outcome"]) == (0, "applied")
    assert set(deeds(ran).values()) == {"written"}
    assert set(states(run).values()) == {"current"}
    installed = files_of(folder)
    assert set(installed) == set(deeds(ran))
    assert (folder / ".gemini/commands/setsquare/run.toml").is_file()

    for argv in (("install", "--tools", "all"), ("update",)):
        assert run("skills", *argv, "--format", "json").json["outcome"] == "nothing"
    assert files_of(folder) == installed

    gone = run("skills", "remove", "--yes", "--format", "json")
    assert (gone.code, set(deeds(gone).values())) == (0, {"removed"})
    assert [path.name for path in folder.iterdir()] == [".git"], "folders that held nothing else go, too"


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.id)
def test_each_tool_alone_comes_and_goes(tool, run, folder: Path) -> None:
    (folder / "README.md").write_text("# Mine\n")
    assert run("skills", "install", "--tools", tool.id, "--yes").code == 0
    status = run("skills", "status", "--tools", tool.id, "--format", "json").json["tools"][0]
    assert (status["installed"], status["verified"]) == (True, tool.is_verified)
    assert {file["state"] for file in status["files"]} == {"current"}
    assert len(files_of(folder)) > 1
    assert run("skills", "remove", "--tools", tool.id, "--yes").code == 0
    assert files_of(folder) == {"README.md": b"# Mine\n"}


def test_nothing_is_written_before_a_yes(run, folder: Path) -> None:
    dry = run("skills", "install", "--tools", "claude", "--dry-run", "--format", "json")
    assert (dry.code, dry.json["outcome"]) == (0, "proposed")
    assert f"new file {SKILL}" in dry.json["diff"]
    asked = run("skills", "install", "--tools", "claude")
    assert (asked.code, f"new file {SKILL}" in asked.out, "skills install --tools claude --yes" in asked.out) == (3, True, True)
    assert files_of(folder) == {}


def test_the_tools_of_the_repository_are_the_default(run, folder: Path) -> None:
    ran = run("skills", "install")
    assert (ran.code, "--tools" in ran.err) == (2, True)
    (folder / ".roo").mkdir()
    (folder / "GEMINI.md").write_text("x")
    (folder / ".github/workflows").mkdir(parents=True)
    assert run("skills", "install", "--yes", "--format", "json").json["tools"] == ["gemini", "roo"]


@pytest.mark.parametrize("names", ["vim", "claude,vim", ","])
def test_an_unknown_tool_is_a_usage_error(names: str, run, folder: Path) -> None:
    for action in ("install", "update", "status", "remove"):
        ran = run("skills", action, "--tools", names)
        assert (ran.code, "claude" in ran.err) == (2, True)


def test_only_one_kind(run, folder: Path) -> None:
    run("skills", "install", "--tools", "claude", "--only", "skills", "--yes")
    assert not (folder / ".claude/commands").exists()
    (folder / SKILL).unlink()
    assert run("skills", "update", "--yes").code == 0
    assert (folder / SKILL).is_file()
    assert not (folder / ".claude/commands").exists(), "an update adds no kind that nobody asked for"


class TestUpdate:
    @pytest.fixture(autouse=True)
    def installed(self, run, folder: Path) -> None:
        run("skills", "install", "--tools", "claude", "--yes")

    def test_what_an_earlier_version_wrote_is_announced_and_rewritten(self, run, folder: Path) -> None:
        current = (folder / SKILL).read_bytes()
        older(folder / SKILL)
        assert states(run)[SKILL] == "outdated"
        dry = run("skills", "update", "--dry-run")
        assert ("-# Do a task" in dry.out, "+# Run a task" in dry.out, "0.0.1" in dry.out) == (True, True, True)
        ran = run("skills", "update", "--yes", "--format", "json")
        assert deeds(ran)[SKILL] == "rewritten"
        assert next(file for file in ran.json["files"] if file["path"] == SKILL)["written_by"] == "0.0.1"
        assert (folder / SKILL).read_bytes() == current

    def test_line_ends_stay(self, run, folder: Path) -> None:
        older(folder / SKILL)
        (folder / SKILL).write_bytes((folder / SKILL).read_bytes().replace(b"\n", b"\r\n"))
        assert states(run)[SKILL] == "outdated"
        run("skills", "update", "--yes")
        raw = (folder / SKILL).read_bytes()
        assert raw.count(b"\n") == raw.count(b"\r\n") > 0
        assert states(run)[SKILL] == "current"

    def test_an_edited_file_is_shown_and_kept_and_forced_with_a_backup(self, run, folder: Path) -> None:
        edited = older(folder / SKILL) + b"\nAsk Ada first.\n"
        (folder / SKILL).write_bytes(edited)
        (folder / f"{SKILL}.bak").write_bytes(b"another")
        assert states(run)[SKILL] == "edited"
        ran = run("skills", "update", "--yes")
        assert (ran.code, "+Ask Ada first." in ran.out, "somebody edited it" in ran.out) == (0, True, True)
        assert (folder / SKILL).read_bytes() == edited
        forced = run("skills", "update", "--force", "--yes", "--format", "json")
        assert next(file["backup"] for file in forced.json["files"] if file["path"] == SKILL) == f"{SKILL}.bak2"
        assert (folder / f"{SKILL}.bak2").read_bytes() == edited
        assert (folder / f"{SKILL}.bak").read_bytes() == b"another"
        assert states(run)[SKILL] == "current"

    def test_a_file_of_a_newer_version_stays(self, run, folder: Path) -> None:
        newer = older(folder / SKILL, version="999.0.0")
        assert states(run)[SKILL] == "newer"
        assert "version 999.0.0 wrote it" in run("skills", "update", "--yes").out
        assert (folder / SKILL).read_bytes() == newer

    def test_a_workflow_that_is_no_more_goes_unless_edited(self, run, folder: Path) -> None:
        for name in ("old", "kept"):
            place = folder / f".claude/skills/setsquare-{name}/SKILL.md"
            place.parent.mkdir()
            place.write_bytes((folder / SKILL).read_bytes())
            older(place)
        with place.open("a") as file:
            file.write("mine\n")
        (folder / ".claude/skills/setsquare-own").mkdir()
        (folder / ".claude/skills/setsquare-own/SKILL.md").write_text("---\nname: setsquare-own\n---\nmine\n")
        found = states(run)
        assert found[".claude/skills/setsquare-old/SKILL.md"] == "obsolete"
        assert found[".claude/skills/setsquare-kept/SKILL.md"] == "edited"
        assert ".claude/skills/setsquare-own/SKILL.md" not in found
        run("skills", "update", "--force", "--yes")
        assert not (folder / ".claude/skills/setsquare-old").exists()
        assert place.is_file()
        assert (folder / ".claude/skills/setsquare-own/SKILL.md").is_file()

    def test_remove_keeps_what_somebody_edited(self, run, folder: Path) -> None:
        with (folder / SKILL).open("a") as file:
            file.write("mine\n")
        ran = run("skills", "remove", "--yes")
        assert f"{SKILL}: somebody edited it" in ran.out
        assert set(files_of(folder)) == {SKILL}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"---\nname: [\n---\nmine\n",
        b"---\r\nname: setsquare-run\r\ndescription: mine\r\n---\r\nmine\r\n",
        b"\xff\xfe\x00m",
        b"\xef\xbb\xbf---\n",
        b"---\nname: x\ngenerated-by: openspec\n---\n",
        b"---\nname: x\n---\n  generated-by: setsquare\n",
    ],
)
def test_what_setsquare_did_not_make_is_never_touched(raw: bytes, run, folder: Path) -> None:
    (folder / SKILL).parent.mkdir(parents=True)
    (folder / SKILL).write_bytes(raw)
    (folder / ".gemini/commands/setsquare/run.toml").parent.mkdir(parents=True)
    (folder / ".gemini/commands/setsquare/run.toml").write_bytes(raw)
    for argv in (("install", "--tools", "claude,gemini", "--force"), ("update", "--force"), ("remove",)):
        ran = run("skills", *argv, "--yes", "--format", "json")
        assert ran.code == (1 if argv[0] == "install" else 0)
        if argv[0] != "remove":
            assert (deeds(ran)[SKILL], states(run)[SKILL]) == ("kept", "foreign")
    assert set(files_of(folder)) == {SKILL, ".gemini/commands/setsquare/run.toml"}
    assert set(files_of(folder).values()) == {raw}


def test_files_of_openspec_are_never_touched(run, folder: Path) -> None:
    block = "# Mine\n\n<!-- OPENSPEC:START -->\nopenspec\n<!-- OPENSPEC:END -->\n"
    theirs = {
        ".claude/skills/openspec-propose/SKILL.md": '---\nname: openspec-propose\nmetadata:\n  generatedBy: "1.13.2"\n---\nx\n',
        ".claude/commands/opsx/apply.md": "x\n",
        ".cursor/commands/opsx-apply.md": "x\n",
        ".gemini/commands/opsx/apply.toml": "prompt = 'x'\n",
        ".agents/.openspec-target": "codex\n",
        "AGENTS.md": block,
    }
    for name, text in theirs.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    before = files_of(folder)
    run("skills", "install", "--tools", "all", "--yes")
    after = files_of(folder)
    assert after["AGENTS.md"].startswith(block.encode())
    assert {name: raw for name, raw in after.items() if name in before and name != "AGENTS.md"} == {
        name: raw for name, raw in before.items() if name != "AGENTS.md"
    }
    run("skills", "remove", "--yes")
    assert files_of(folder) == before


class TestAgentsFile:
    @pytest.mark.parametrize("raw", [b"# Mine\n", b"# Mine", b"# Mine\r\n\r\n- a\r\n", b"", b"\xef\xbb\xbf# Mine\n\n\n", b"\xff\xfe mine"])
    def test_a_block_is_appended_and_taken_out_to_the_byte(self, raw: bytes, run, folder: Path) -> None:
        (folder / "AGENTS.md").write_bytes(raw)
        run("skills", "install", "--tools", "agents", "--yes")
        assert (folder / "AGENTS.md").read_bytes().startswith(raw)
        assert (folder / "AGENTS.md").read_bytes().count(b"SETSQUARE:START") == 1
        with (folder / "AGENTS.md").open("ab") as file:
            file.write(b"after\n")
        assert run("skills", "install", "--tools", "agents", "--yes", "--format", "json").json["outcome"] == "nothing"
        run("skills", "remove", "--yes")
        assert (folder / "AGENTS.md").read_bytes() == raw + b"after\n"

    def test_an_edited_block_stays_and_is_forced_with_a_backup(self, run, folder: Path) -> None:
        run("skills", "install", "--tools", "agents", "--yes")
        edited = (folder / "AGENTS.md").read_bytes().replace(b"Specs in this repository", b"All specs here")
        (folder / "AGENTS.md").write_bytes(edited)
        ran = run("skills", "update", "--yes")
        assert "+All specs here" in ran.out
        assert (folder / "AGENTS.md").read_bytes() == edited
        run("skills", "update", "--yes", "--force")
        assert (folder / "AGENTS.md.bak").read_bytes() == edited
        assert states(run, "--tools", "agents")["AGENTS.md"] == "current"

    @pytest.mark.parametrize("damaged", [b"<!-- SETSQUARE:END -->\n", b"<!-- SETSQUARE:START -->\nx\n<!-- SETSQUARE:END -->\n"])
    def test_marks_that_are_no_block_are_left_to_a_person(self, damaged: bytes, run, folder: Path) -> None:
        (folder / "AGENTS.md").write_bytes(damaged)
        ran = run("skills", "install", "--tools", "agents", "--yes", "--force")
        assert (ran.code, "do not make one block" in ran.out) == (1, True)
        assert (folder / "AGENTS.md").read_bytes() == damaged

    @pytest.mark.parametrize("name", ["AGENTS.md", "CLAUDE.md"])
    def test_one_file_under_two_names_is_written_once_and_the_link_stays(self, name: str, run, folder: Path) -> None:
        other = "CLAUDE.md" if name == "AGENTS.md" else "AGENTS.md"
        (folder / name).write_text("# Mine\n")
        (folder / other).symlink_to(name)
        run("skills", "install", "--tools", "all", "--yes")
        assert (folder / other).is_symlink()
        assert not (folder / name).is_symlink()
        assert (folder / name).read_text().count("SETSQUARE:START") == 1
        run("skills", "remove", "--yes")
        assert ((folder / name).read_text(), os.readlink(folder / other)) == ("# Mine\n", name)


class TestLinks:
    def test_folders_that_are_one_are_written_once(self, run, folder: Path) -> None:
        (folder / ".agents/skills").mkdir(parents=True)
        (folder / ".claude").mkdir()
        (folder / ".claude/skills").symlink_to("../.agents/skills")
        ran = run("skills", "install", "--tools", "claude,codex", "--only", "skills", "--yes", "--format", "json")
        assert len(ran.json["files"]) == 7
        assert ran.json["files"][0]["tools"] == ["claude", "codex"]
        assert (folder / ".claude/skills").is_symlink()
        assert set(states(run, "--tools", "claude,codex")) >= {SKILL, ".agents/skills/setsquare-run/SKILL.md"}

    @pytest.mark.parametrize("name", [".claude", ".claude/skills", SKILL])
    def test_a_link_that_leads_out_is_refused_and_nothing_is_written(self, name: str, run, folder: Path) -> None:
        outside = folder.parent / "outside"
        outside.mkdir()
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(outside)
        ran = run("skills", "install", "--tools", "claude,gemini", "--yes", "--force")
        assert (ran.code, "leads out of the workspace" in ran.err, "--tools" in ran.err) == (3, True, True)
        assert list(outside.iterdir()) == []
        assert not (folder / ".gemini").exists()
        assert states(run, "--tools", "claude")[SKILL] == "foreign"
        assert run("skills", "remove", "--yes").code == 0

    def test_a_file_where_a_folder_must_be_is_in_the_way(self, run, folder: Path) -> None:
        (folder / ".clinerules").write_text("be nice\n")
        ran = run("skills", "install", "--tools", "cline", "--yes")
        assert (ran.code, ".clinerules is a file" in ran.out) == (1, True)
        assert (folder / ".clinerules").read_text() == "be nice\n"
        assert (folder / ".cline/skills/setsquare-run/SKILL.md").is_file()

    @pytest.mark.parametrize("name", [SKILL, "AGENTS.md"])
    def test_a_file_that_is_too_large_to_read_is_in_the_way(self, name: str, run, folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        with (folder / name).open("wb") as file:
            file.truncate((32 << 20) + 1)
        ran = run("skills", "install", "--tools", "claude,agents", "--yes", "--force")
        assert (ran.code, "32 MiB" in ran.out) == (1, True)
        assert (folder / name).stat().st_size > 32 << 20
        assert states(run)[name] == "foreign"

    def test_a_folder_where_a_file_must_be_is_in_the_way(self, run, folder: Path) -> None:
        (folder / SKILL).mkdir(parents=True)
        assert run("skills", "install", "--tools", "claude", "--yes").code == 1
        assert (folder / SKILL).is_dir()


def test_a_shared_folder_stays_while_another_tool_reads_it(run, folder: Path) -> None:
    (folder / ".zed").mkdir()
    run("skills", "install", "--tools", "codex", "--yes")
    assert "zed reads it, too" in run("skills", "remove", "--tools", "codex", "--yes").out
    assert (folder / ".agents/skills/setsquare-run/SKILL.md").is_file()
    assert run("skills", "remove", "--tools", "codex,zed", "--yes").code == 0
    assert not (folder / ".agents").exists()


def test_a_folder_that_cannot_be_written_leaves_nothing_half_done(run, folder: Path) -> None:
    (folder / ".roo").mkdir(mode=0o555)
    done = subprocess.run(
        [sys.executable, "-c", HELD, "skills", "install", "--tools", "claude,roo", "--yes"], capture_output=True, text=True, check=False
    )
    (folder / ".roo").chmod(0o755)
    assert done.returncode == 4
    assert "Permission denied" in done.stderr
    assert files_of(folder) == {}
    assert not (folder / ".claude").exists()


def test_two_installs_at_once(run, folder: Path) -> None:
    """Each ends well, or says that the files were changed meanwhile; what stands in the end is whole."""
    command = [sys.executable, "-m", "setsquare", "skills", "install", "--tools", "all", "--yes"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(3)]
    said = [process.communicate() for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], said
    assert set(states(run, "--tools", "all").values()) == {"current"}
    assert not list(folder.rglob(".setsquare-*"))


def test_a_file_that_somebody_writes_between_the_plan_and_the_yes_stays(run, folder: Path) -> None:
    app = wire.app_for(folder)
    ground = Ground(files=app.files, links=wire.links_at(folder), version="1.0.0")
    kinds = frozenset(form.kind for tool in TOOLS for form in tool.forms)

    def again() -> installing_skills.Planned:
        return installing_skills.planned_install(ground, TOOLS[:1], kinds, is_forced=False)

    planned = again()
    (folder / SKILL).parent.mkdir(parents=True)
    (folder / SKILL).write_text("mine\n")
    with pytest.raises(StalePlan):
        installing_skills.carry_out(app, planned, again, is_sure=True)
    assert files_of(folder) == {SKILL: b"mine\n"}


class TestTrust:
    def test_trust_goes_on_over_our_own_files_alone(self, run, folder: Path) -> None:
        run("init")
        assert run("status", "--format", "json").json["trusted"] == "trusted"
        run("skills", "install", "--tools", "all", "--yes")
        assert run("status", "--format", "json").json["trusted"] == "trusted"
        run("skills", "remove", "--yes")
        assert run("status", "--format", "json").json["trusted"] == "trusted"

    def test_trust_is_not_made(self, run, folder: Path) -> None:
        (folder / "CLAUDE.md").write_text("x\n")
        run("skills", "install", "--tools", "claude", "--yes")
        assert run("status", "--format", "json").json["trusted"] != "trusted"

    def test_another_change_is_not_trusted_along(self, run, folder: Path) -> None:
        run("init")
        (folder / "CLAUDE.md").write_text("x\n")
        run("skills", "install", "--tools", "claude", "--yes")
        assert run("status", "--format", "json").json["trusted"] != "trusted"


def test_an_unverified_format_is_said_to_be_so(run, folder: Path) -> None:
    run("skills", "install", "--tools", "cursor,claude", "--yes")
    ran = run("skills", "status")
    assert "unverified" in ran.out
    assert ".cursor/commands" in ran.out
    tools = {tool["id"]: tool for tool in run("skills", "status", "--format", "json").json["tools"]}
    assert (tools["cursor"]["verified"], tools["claude"]["verified"]) == (False, True)
    assert all(form["source"] and form["read_on"] for tool in tools.values() for form in tool["formats"])


def test_what_is_written_gives_no_findings(run, folder: Path) -> None:
    run("skills", "install", "--tools", "all", "--yes")
    assert run("check").code == 0


def test_from_a_folder_within_the_repository(run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "src").mkdir()
    monkeypatch.chdir(folder / "src")
    run("skills", "install", "--tools", "claude", "--yes")
    assert (folder / SKILL).is_file()
    assert not (folder / "src/.claude").exists()


def test_the_person_is_asked_with_the_diff_in_sight(run, folder: Path) -> None:
    """A terminal of its own, with a person who says yes, and one who says no."""
    import pty

    for answer, code in ((b"n\n", 3), (b"y\n", 0)):
        master, terminal = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "setsquare", "skills", "install", "--tools", "codex"], stdin=terminal, stdout=terminal, stderr=terminal
        )
        os.close(terminal)
        seen = bytearray()

        def read(master: int = master, seen: bytearray = seen, answer: bytes = answer) -> None:
            is_answered = False
            while True:
                try:
                    seen += os.read(master, 65_536)
                except OSError:
                    return
                if not is_answered and b"[y/N]" in seen:
                    is_answered = True
                    os.write(master, answer)

        reader = threading.Thread(target=read)
        reader.start()
        assert process.wait(timeout=60) == code, seen.decode(errors="replace")
        reader.join(timeout=10)
        os.close(master)
        assert b"new file .agents/skills/setsquare-run/SKILL.md" in seen
        assert (folder / ".agents").exists() is (code == 0)


def test_json_errors(run, folder: Path) -> None:
    ran = run("skills", "install", "--tools", "vim", "--format", "json")
    assert (ran.code, json.loads(ran.out)["error"]["code"]) == (2, "usage")
