"""`setsquare migrate`: instruction files become steering, old files of OpenSpec go, and everything can be taken back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BLOCK = "<!-- OPENSPEC:START -->\nold instructions\n<!-- OPENSPEC:END -->\n"
CLAUDE = "# Rules\n\nBe strict.\n\n## Tech Stack\n\n- Python 3.12\n- Use pytest\n\n## Style\n\n- Use tabs for indentation\n- Never commit to the main branch directly\n"
CURSOR = "Indent with 4 spaces\n- Never commit to the main branch directly.\n"


def files_of(folder: Path) -> dict[str, bytes]:
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found if ".git" not in path.relative_to(folder).parts}


def put(folder: Path, path: str, text: str | bytes) -> Path:
    place = folder / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(text.encode() if isinstance(text, str) else text)
    return place


def told(run, *argv: str, code: int = 0) -> Any:
    ran = run("migrate", *argv, "--format", "json")
    assert ran.code == code, ran.out + ran.err
    return json.loads(ran.out)


def deeds(result: Any) -> dict[str, str]:
    return {file["path"]: file["deed"] for file in result["files"]}


# req: openspec-interop/5.1, openspec-interop/5.3
def test_a_plan_is_shown_then_made_then_taken_back(run, folder: Path) -> None:
    put(folder, "CLAUDE.md", CLAUDE)
    put(folder, ".cursorrules", CURSOR)
    put(folder, ".cursor/rules/ts.mdc", "---\ndescription: TypeScript\nglobs: *.ts,src/**/*.tsx\nalwaysApply: false\n---\nNo any.\n")
    before = files_of(folder)

    shown = told(run, "--dry-run")
    assert (shown["outcome"], files_of(folder)) == ("proposed", before)
    assert "+Be strict." in shown["diff"]
    nobody = told(run, code=3)
    assert (nobody["outcome"], files_of(folder)) == ("proposed", before)

    made = told(run, "--yes")
    assert made["outcome"] == "applied"
    after = files_of(folder)
    assert {path: after[path] for path in before} == before, "what people wrote stays"
    steering = folder / ".kiro" / "steering"
    assert (steering / "tech.md").read_text() == "---\ninclusion: always\n---\n\n## Tech Stack\n\n- Python 3.12\n- Use pytest\n\n"
    assert "## Style" in (steering / "claude.md").read_text()
    assert (steering / "cursor-ts.md").read_text().startswith("---\ninclusion: fileMatch\nfileMatchPattern:")
    assert told(run, "--yes")["outcome"] == "nothing"
    assert run("check", "--fail-on", "error").code == 0

    assert told(run, "--undo", "--dry-run")["outcome"] == "proposed"
    assert files_of(folder) == after
    assert told(run, "--undo", "--yes")["outcome"] == "applied"
    assert files_of(folder) == before
    assert not (folder / ".kiro").exists()
    assert told(run, "--undo", "--yes")["outcome"] == "nothing"


# req: openspec-interop/5.4
def test_rules_that_stand_twice_or_against_each_other_are_reported_with_both_places(run, folder: Path) -> None:
    put(folder, "CLAUDE.md", CLAUDE)
    put(folder, ".cursorrules", CURSOR)
    result = told(run, "--dry-run")
    [twice] = result["duplicates"]
    places = [(twice[name]["path"], twice[name]["line"]) for name in ("first", "second")]
    assert places == [("CLAUDE.md", 13), (".cursorrules", 2)]
    [against] = result["contradictions"]
    assert (against["subject"], {against["first_value"], against["second_value"]}) == ("indentation", {"tabs", "4 spaces"})
    text = run("migrate", "--dry-run").out
    assert "CLAUDE.md:12" in text
    assert ".cursorrules:1" in text


# req: openspec-interop/5.3
def test_an_undo_refuses_where_a_person_edited_since(run, folder: Path) -> None:
    put(folder, "CLAUDE.md", CLAUDE)
    put(folder, "AGENTS.md", "Mine.\n\n" + BLOCK)
    told(run, "--yes")
    put(folder, "AGENTS.md", "Mine, and edited.\n")
    after = files_of(folder)
    ran = run("migrate", "--undo", "--yes")
    assert ran.code == 3
    assert "AGENTS.md" in ran.err
    assert "Traceback" not in ran.err
    assert files_of(folder) == after
    put(folder, "AGENTS.md", "Mine.\n")
    assert told(run, "--undo", "--yes")["outcome"] == "applied"
    assert (folder / "AGENTS.md").read_text() == "Mine.\n\n" + BLOCK


# req: openspec-interop/5.2
def test_old_openspec_files_go_and_those_of_people_stay(run, folder: Path) -> None:
    put(folder, "CLAUDE.md", f"# Mine\n\n{BLOCK}\nafter\n")
    put(folder, "AGENTS.md", BLOCK)
    put(folder, ".claude/commands/openspec/proposal.md", BLOCK)
    put(folder, ".claude/commands/openspec/apply.md", "my own words\n")
    put(folder, ".cursor/commands/openspec-apply.md", "generated\n")
    put(folder, ".cursor/commands/openspec-mine.md", "my own command\n")
    put(folder, ".cursor/commands/other.md", "mine\n")
    put(folder, "openspec/AGENTS.md", "old guide\n")
    put(folder, "openspec/project.md", "# Project\n\nUse X: always.\n  indented # kept\n")
    put(folder, "openspec/specs/a/spec.md", "# a\n")
    before = files_of(folder)
    result = told(run, "--from", "openspec", "--yes")
    assert deeds(result) == {
        ".claude/commands/openspec/apply.md": "kept",
        ".claude/commands/openspec/proposal.md": "removed",
        ".cursor/commands/openspec-apply.md": "removed",
        ".cursor/commands/openspec-mine.md": "kept",
        "AGENTS.md": "stripped",
        "CLAUDE.md": "stripped",
        "openspec/AGENTS.md": "removed",
        "openspec/config.yaml": "written",
        "openspec/project.md": "kept",
    }
    assert (folder / "CLAUDE.md").read_text() == "# Mine\n\nafter\n"
    assert (folder / "AGENTS.md").read_bytes() == b""
    config = (folder / "openspec/config.yaml").read_text()
    assert config == "schema: spec-driven\n\ncontext: |\n  # Project\n\n  Use X: always.\n    indented # kept\n"
    assert told(run, "--from", "openspec", "--yes")["outcome"] == "nothing"
    told(run, "--undo", "--yes")
    assert files_of(folder) == before


# req: openspec-interop/5.5
def test_links_stay_and_each_file_is_read_once(run, folder: Path, tmp_path: Path) -> None:
    put(folder, "AGENTS.md", "# Rules\n- Use pytest\n")
    (folder / "CLAUDE.md").symlink_to("AGENTS.md")
    put(tmp_path, "outside.md", "secret\n")
    (folder / "GEMINI.md").symlink_to(tmp_path / "outside.md")
    put(folder, "docs/rules/a.mdc", "---\nalwaysApply: true\n---\nBe kind.\n")
    (folder / ".cursor").mkdir()
    (folder / ".cursor/rules").symlink_to("../docs/rules")
    put(folder, "sub/CLAUDE.md", "@AGENTS.md\n")
    put(folder, "sub/AGENTS.md", "Only here.\n")
    result = told(run, "--yes")
    assert set(deeds(result)) == {f".kiro/steering/{name}.md" for name in ("agents", "agents-sub", "cursor-a")}
    notes = {note["path"]: note["text"] for note in result["notes"]}
    assert "AGENTS.md, which is read once" in notes["CLAUDE.md"]
    assert "not followed" in notes["GEMINI.md"]
    assert "only points to sub/AGENTS.md" in notes["sub/CLAUDE.md"]
    assert (folder / "CLAUDE.md").is_symlink()
    assert "secret" not in "".join(map(str, files_of(folder).values()))
    assert 'fileMatchPattern: "sub/**"' in (folder / ".kiro/steering/agents-sub.md").read_text()


def test_imports_become_live_references(run, folder: Path) -> None:
    put(folder, "docs/style.md", "Style.\n")
    put(folder, "CLAUDE.md", "Read @docs/style.md, @docs/missing.md and @~/mine.md.\n")
    result = told(run, "--yes")
    text = (folder / ".kiro/steering/claude.md").read_text()
    assert text.endswith("Read @docs/style.md, @docs/missing.md and @~/mine.md.\n\n#[[file:docs/style.md]]\n")
    assert [note["text"] for note in result["notes"]] == [
        "imports docs/missing.md, which is no file",
        "imports ~/mine.md, which lies outside of the workspace: not followed",
    ]


def test_a_second_run_says_what_changed_and_keeps_what_people_did(run, folder: Path) -> None:
    put(folder, "CLAUDE.md", CLAUDE)
    put(folder, "GEMINI.md", "One.\n")
    told(run, "--yes")
    steering = folder / ".kiro/steering"
    put(folder, "CLAUDE.md", CLAUDE.replace("Be strict.", "Be kind.").replace("## Tech Stack\n\n- Python 3.12\n- Use pytest\n\n", ""))
    (steering / "gemini.md").write_text("edited\n")
    result = told(run, "--dry-run")
    assert deeds(result) == {
        ".kiro/steering/claude.md": "rewritten",
        ".kiro/steering/gemini.md": "kept",
        ".kiro/steering/tech.md": "removed",
    }
    assert "-Be strict.\n+Be kind." in result["diff"]
    told(run, "--yes")
    assert (steering / "gemini.md").read_text() == "edited\n"
    (steering / "claude.md").unlink()
    assert deeds(told(run, "--yes"))[".kiro/steering/claude.md"] == "kept"
    assert not (steering / "claude.md").exists()
    put(folder, "GEMINI.md", "Two.\n")
    [kept] = [file for file in told(run, "--yes")["files"] if file["path"].endswith("gemini.md")]
    assert "GEMINI.md changed, too" in kept["reason"]


def test_foreign_steering_is_never_overwritten(run, folder: Path) -> None:
    put(folder, ".kiro/steering/tech.md", "Ours.\n")
    put(folder, ".kiro/steering/claude.md", "Mine.\n")
    put(folder, "CLAUDE.md", CLAUDE)
    told(run, "--yes")
    assert (folder / ".kiro/steering/tech.md").read_text() == "Ours.\n"
    assert (folder / ".kiro/steering/claude.md").read_text() == "Mine.\n"
    assert (folder / ".kiro/steering/claude-2.md").read_text().endswith(CLAUDE)
    assert told(run, "--yes")["outcome"] == "nothing"


@pytest.mark.parametrize(
    ("raw", "line", "reason"),
    [
        (b"a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> other\n", 2, "git conflict"),
        (b"a\nb \xff c\n", 2, "not UTF-8"),
        (b"a\0b\n", 1, "not UTF-8"),
    ],
)
def test_what_cannot_be_carried_is_named_with_its_line_and_the_rest_is_made(run, folder: Path, raw: bytes, line: int, reason: str) -> None:
    put(folder, "CLAUDE.md", raw)
    put(folder, "GEMINI.md", "One.\n")
    result = told(run, "--yes", code=1)
    [problem] = result["problems"]
    assert (problem["path"], problem["line"]) == ("CLAUDE.md", line)
    assert reason in problem["text"]
    assert set(deeds(result)) == {".kiro/steering/gemini.md"}
    assert (folder / "CLAUDE.md").read_bytes() == raw


def test_broken_front_matter_is_named(run, folder: Path) -> None:
    put(folder, ".cursor/rules/a.mdc", "---\nglobs: *.ts\nBe strict.\n")
    put(folder, ".cursor/rules/b.mdc", "---\n{]\n---\nBe strict.\n")
    problems = told(run, "--dry-run", code=1)["problems"]
    assert [(problem["path"], problem["line"]) for problem in problems] == [(".cursor/rules/a.mdc", 1), (".cursor/rules/b.mdc", 2)]


def test_line_ends_marks_and_size_are_kept(run, folder: Path) -> None:
    put(folder, "CLAUDE.md", b"\xef\xbb\xbf# A\r\n\r\nBe strict.\r\n")
    big = "".join(f"- rule number {at} says that module{at} is kept apart from module{at + 1}\n" for at in range(15_000))
    put(folder, "AGENTS.md", big)
    told(run, "--yes")
    assert (folder / ".kiro/steering/claude.md").read_bytes() == b"---\r\ninclusion: always\r\n---\r\n\r\n# A\r\n\r\nBe strict.\r\n"
    assert (folder / ".kiro/steering/agents.md").read_text().endswith(big)


def test_kiros_older_files_get_their_current_form(run, folder: Path) -> None:
    hook = {
        "name": "Lint",
        "version": "1",
        "when": {"type": "fileEdited", "patterns": ["*.ts"]},
        "then": {"type": "askAgent", "prompt": "x"},
    }
    put(folder, ".kiro/hooks/lint.kiro.hook", json.dumps(hook))
    negated = {**hook, "when": {"type": "fileEdited", "patterns": ["*.ts", "!*.d.ts"]}}
    put(folder, ".kiro/hooks/not.kiro.hook", json.dumps(negated))
    agent = {"name": "dev", "allowedTools": ["read", "@git"], "toolsSettings": {"shell": {"allowedCommands": ["npm test", "git (a|b)"]}}}
    put(folder, ".kiro/agents/dev.json", json.dumps(agent, indent=2))
    put(folder, "aws/POWER.md", "---\nname: aws\ndescription: Knows AWS\nkeywords: [aws]\n---\n# AWS\n")
    before = files_of(folder)
    result = told(run, "--from", "kiro", "--yes", code=1)
    assert deeds(result) == {
        ".kiro/agents/dev.json": "rewritten",
        ".kiro/hooks/lint.json": "written",
        "aws/plugin.json": "written",
        "aws/skills/aws/SKILL.md": "written",
    }
    assert [problem["path"] for problem in result["problems"]] == [".kiro/hooks/not.kiro.hook"]
    assert json.loads((folder / ".kiro/hooks/lint.json").read_text())["hooks"][0]["trigger"] == "PostFileSave"
    rules = json.loads((folder / ".kiro/agents/dev.json").read_text())["permissions"]["rules"]
    assert {"capability": "shell", "effect": "allow", "match": ["npm test"]} in rules
    assert any("regex-shell-pattern" in note["text"] for note in result["notes"])
    assert told(run, "--from", "kiro", "--yes", code=1)["outcome"] == "nothing"
    told(run, "--undo", "--yes")
    assert files_of(folder) == before


def test_ignored_files_and_unknown_sources(run, folder: Path) -> None:
    put(folder, ".gitignore", "CLAUDE.md\n")
    put(folder, "CLAUDE.md", "Mine.\n")
    [note] = told(run, "--yes")["notes"]
    assert "git ignores it" in note["text"]
    ran = run("migrate", "--from", "nonsense")
    assert ran.code == 2
    assert "cursor" in ran.err


def test_what_tools_generated_is_left_out_and_named(run, folder: Path) -> None:
    put(folder, "AGENTS.md", f"# Mine\n\nBe strict.\n\n{BLOCK}\n- last rule of the file stands here\n")
    assert run("skills", "install", "--tools", "agents,cursor", "--yes").code == 0
    result = told(run, "--yes")
    text = (folder / ".kiro/steering/agents.md").read_text()
    assert ("SETSQUARE" in text, "OPENSPEC" in text) == (False, False)
    assert text.rstrip() == "---\ninclusion: always\n---\n\n# Mine\n\nBe strict.\n\n- last rule of the file stands here"
    assert result["left_out"][0]["line"] == 5
    assert {note["path"]: note["text"] for note in result["notes"]}[".cursor/rules/setsquare.mdc"].startswith("Setsquare generated it")
    assert deeds(result)["AGENTS.md"] == "stripped"
    assert told(run, "--yes")["outcome"] == "nothing"


@pytest.mark.skipif(sys.platform == "darwin", reason="names are text there")
def test_a_name_that_is_no_text_is_named(run, folder: Path) -> None:
    (folder / os.fsdecode(b"a\xff")).mkdir()
    put(folder, os.fsdecode(b"a\xff/CLAUDE.md"), "Mine.\n")
    [problem] = told(run, "--yes", code=1)["problems"]
    assert "name is not UTF-8" in problem["text"]


def test_a_damaged_record_is_refused(run, folder: Path) -> None:
    put(folder, ".setsquare/migrations/0001.json", '{"schema": "x"}')
    put(folder, "CLAUDE.md", "Mine.\n")
    for argv in (("--yes",), ("--undo", "--yes")):
        ran = run("migrate", *argv)
        assert (ran.code, "0001.json" in ran.err) == (3, True)
    evil = {"schema": "setsquare/migration-record/1", "files": [{"path": "../evil", "old": "eA=="}]}
    put(folder, ".setsquare/migrations/0001.json", json.dumps(evil))
    assert run("migrate", "--undo", "--yes").code == 3
    assert not (folder.parent / "evil").exists()


# Without its capabilities the superuser is held to permissions like anybody else.
HELD = """
import ctypes, os, sys
if sys.platform == "linux" and os.geteuid() == 0:
    ctypes.CDLL(None).capset((ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)())
from setsquare.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(("locked", "code", "said"), [(".kiro/steering", 4, ".kiro/steering/claude.md"), ("CLAUDE.md", 1, "CLAUDE.md")])
def test_what_may_not_be_written_or_read_leaves_everything_as_it_was(folder: Path, locked: str, code: int, said: str) -> None:
    put(folder, "CLAUDE.md", f"Be strict.\n\n{BLOCK}")
    put(folder, ".kiro/steering/mine.md", "Mine.\n")
    before = files_of(folder)
    mode = (folder / locked).stat().st_mode
    (folder / locked).chmod(0o555 if (folder / locked).is_dir() else 0)
    ran = subprocess.run([sys.executable, "-c", HELD, "migrate", "--yes"], cwd=folder, capture_output=True, text=True, check=False)
    (folder / locked).chmod(mode)
    assert ran.returncode == code, ran.stdout + ran.stderr
    assert said in ran.stdout + ran.stderr
    assert files_of(folder) == before


STRIDE = 1 if os.environ.get("SETSQUARE_SOAK") else 5
"""Every how manieth write is the last: `make soak` takes each."""
KILLS = r"""
import json, os, shutil, signal, sys
from pathlib import Path
from setsquare.__main__ import main
from setsquare.surfaces.cli import migrate  # noqa: F401  (loaded once for all children)
base, place, stride = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])

def files():
    found = (path for path in sorted(place.rglob("*")) if path.is_file())
    return {path.relative_to(place).as_posix(): path.read_bytes().hex() for path in found if ".git" not in path.parts}

def child(argv, kill_at=0):
    pid = os.fork()
    if pid == 0:
        os.chdir(place)
        out = os.open(os.devnull, os.O_WRONLY)
        os.dup2(out, 1); os.dup2(out, 2)
        count = 0
        def counted(function):
            def call(*args, **kwargs):
                global steps
                steps += 1
                if steps == kill_at:
                    os.kill(os.getpid(), signal.SIGKILL)
                return function(*args, **kwargs)
            return call
        global steps
        steps = 0
        for name in ("rename", "link", "unlink", "mkdir", "rmdir"):
            setattr(os, name, counted(getattr(os, name)))
        os._exit(main(argv))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

def fresh():
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(base, place, ignore=shutil.ignore_patterns("hooks", "info"))

def real(state):
    return {path: raw for path, raw in state.items() if not path.startswith(".setsquare/") and not path.rsplit("/", 1)[-1].startswith(".setsquare-")}

fresh(); before = files()
assert child(["migrate", "--yes"]) == 0
after = real(files())
kills = 0
for first, then, wanted in ((["migrate", "--yes"], ["migrate", "--undo", "--yes"], before), (["migrate", "--yes"], ["migrate", "--yes"], after)):
    at = 0
    while True:
        at += stride
        fresh()
        code = child(first, at)
        if code != -signal.SIGKILL:
            break
        kills += 1
        assert child(then) == 0, (at, then)
        assert real(files()) == wanted, (at, then, set(real(files())) ^ set(wanted))
at = 0
while True:
    at += stride
    fresh()
    assert child(["migrate", "--yes"]) == 0
    code = child(["migrate", "--undo", "--yes"], at)
    if code != -signal.SIGKILL:
        break
    kills += 1
    assert child(["migrate", "--undo", "--yes"]) == 0
    assert real(files()) == before, at
print(kills)
"""


# req: openspec-interop/5.3
def test_killed_at_every_write_the_next_command_makes_it_whole(folder: Path, tmp_path: Path) -> None:
    put(folder, "CLAUDE.md", f"Be strict.\n\n{BLOCK}")
    put(folder, "openspec/AGENTS.md", "old\n")
    ran = subprocess.run(
        [sys.executable, "-c", KILLS, str(folder), str(tmp_path / "place"), str(STRIDE)],
        capture_output=True,
        text=True,
        env={**os.environ},
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert int(ran.stdout) > 25 // STRIDE


# req: openspec-interop/5.1
def test_a_rule_whose_name_holds_a_line_end_is_carried_and_shown_on_one_line(run, folder: Path) -> None:
    put(folder, ".cursor/rules/new\nwritten.mdc", "Use tabs.\n")
    assert deeds(told(run, "--yes")) == {".kiro/steering/cursor-new-written.md": "written"}
    (folder / ".kiro/steering/cursor-new-written.md").unlink()
    put(folder, ".cursor/rules/new\nwritten.mdc", "Use blanks.\n")
    assert r"(from .cursor/rules/new\nwritten.mdc)" in run("migrate", "--yes").out
