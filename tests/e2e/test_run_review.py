"""Looking at a run: its steps, checkpoints, diffs and page; and putting files back to a checkpoint."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from setsquare import wire
from setsquare.adapters.scripted import Turn
from setsquare.events.conversation import Reply, ToolCall, Usage
from setsquare.events.facts import (
    ActionDecided,
    ActionObserved,
    CheckpointTaken,
    ModelReplied,
    NetworkUsed,
    RunFinished,
    RunStarted,
    TaskStarted,
)

CANARY = "canary-7f3a-tell-nobody"
CALC = "src/calc.py"
ADD = "def add(a, b):\n    return a + b\n"


def write(path: str, content: str) -> tuple[str, dict[str, object]]:
    return ("write", {"path": path, "content": content})


def shell(command: str) -> tuple[str, dict[str, object]]:
    return ("shell", {"command": command})


def journal_of(name: str) -> Path:
    """The file in which a run is recorded."""
    state = Path(wire.app_here().checkpoints.trees._shadow.git).parent  # type: ignore[attr-defined]
    return state / "runs" / name / "journal.jsonl"


class TestDiff:
    # req: guarded-run/4.4
    # req: agent-runtime/4.1
    def test_whole_by_step_and_between_steps(self, scripted, run):
        name = scripted(write(CALC, "one = 1\n"), write(CALC, "one = 1\ntwo = 2\n"), write(CALC, ADD))
        whole = run("diff", name, "--path", "src", "--format", "json").json
        assert [(item["path"], item["status"], item["added"]) for item in whole["files"]] == [(CALC, "added", 2)]
        step = run("diff", name, "--step", "2", "--format", "json").json
        assert (step["steps"], step["files"][0]["added"], step["files"][0]["removed"]) == ([2], 1, 0)
        assert "+two = 2" in step["files"][0]["diff"]
        both = run("diff", name, "--from", "1", "--to", "2").out
        assert "+one = 1" in both
        assert "return" not in both
        short = run("diff", name, "--stat").out
        assert re.search(rf"new\s+{CALC}\s+\+2 -0", short)
        assert run("diff", name, "--step", "99").code == 2
        assert run("diff", name, "--from", "3", "--to", "1").code == 2
        assert run("diff", name, "--step", "1", "--to", "2").code == 2

    def test_binary_files_links_and_modes_are_named_and_controls_made_visible(self, scripted, run):
        command = (
            "printf 'a\\000b' > src/blob; ln -s calc.py src/link; chmod +x src/__init__.py; printf 'x\\033[2Jy\\n' > src/esc.txt; true"
        )
        name = scripted(write(CALC, ADD), ("shell", {"command": command}))
        shown = run("diff", name).out
        assert "binary file (3 bytes): src/blob" in shown
        assert "new link src/link" in shown
        assert "mode 100644 -> 100755 src/__init__.py" in shown
        assert "\x1b" not in shown
        assert "+x\\x1b[2Jy" in shown

    def test_what_a_person_wrote_elsewhere_meanwhile_is_not_in_it(self, scripted, run):
        def person(number: int) -> None:
            if number == 2:
                (scripted.folder / "mine.txt").write_text("mine\n")

        name = scripted(write(CALC, ADD), meanwhile=person)
        assert "mine" not in run("diff", name).out


class TestCheckpoints:
    def test_they_are_listed_with_what_changed(self, scripted, run):
        name = scripted(write(CALC, "one = 1\n"), write(CALC, ADD))
        listed = run("checkpoints", name, "--format", "json").json["checkpoints"]
        assert listed[0]["step"] == 0
        assert [point["changed"] for point in listed if point["step"] == 2] == [[CALC]]
        assert listed[-1]["kind"] == "rest"
        assert listed[-1]["files"] > listed[0]["files"]
        assert listed[-1]["size_bytes"] > listed[0]["size_bytes"]
        assert len(run("checkpoints", name, "--last", "1", "--format", "json").json["checkpoints"]) == 1
        assert "restore" in run("checkpoints").out


class TestRestore:
    def test_to_a_step_and_back_again(self, scripted, run):
        name = scripted(write(CALC, "one = 1\n"), write(CALC, ADD))
        (scripted.folder / "person.txt").write_text("mine\n")
        dry = run("restore", name, "--step", "2", "--dry-run")
        assert (dry.code, (scripted.folder / CALC).read_text()) == (0, ADD)
        assert "Nothing is written" in dry.out
        done = run("restore", name, "--step", "2", "--path", CALC, "--format", "json").json
        assert (done["files"], done["written"]) == ([CALC], True)
        assert (scripted.folder / CALC).read_text() == "one = 1\n"
        assert (scripted.folder / "person.txt").read_text() == "mine\n"
        assert run("restore", name, "--undo").code == 0
        assert (scripted.folder / CALC).read_text() == ADD
        assert run("restore", name, "--step", "0").code == 0
        assert not (scripted.folder / CALC).exists()
        assert run("restore", name, "--undo").code == 0
        assert (scripted.folder / CALC).read_text() == ADD
        assert run("revert", name).code == 0
        assert not (scripted.folder / CALC).exists()

    # req: agent-runtime/4.2
    def test_later_edits_are_not_lost_without_a_word(self, scripted, run):
        name = scripted(write(CALC, ADD))
        mine = f"{ADD}\n\n# by me\n"
        (scripted.folder / CALC).write_text(mine)
        refused = run("restore", name, "--step", "1", "--path", CALC)
        assert (refused.code, (scripted.folder / CALC).read_text()) == (3, mine)
        assert CALC in refused.err
        done = run("restore", name, "--step", "1", "--path", CALC, "--overwrite")
        assert done.code == 0
        assert not (scripted.folder / CALC).exists()
        assert "--undo" in done.out
        assert run("restore", name, "--undo").code == 0
        assert (scripted.folder / CALC).read_text() == mine

    def test_what_a_person_wrote_between_the_runs_steps_counts_as_theirs(self, scripted, run):
        def person(number: int) -> None:
            if number == 2:
                (scripted.folder / CALC).write_text("one = 1\nmine = 2\n")

        name = scripted(write(CALC, "one = 1\n"), ("edit", {"path": CALC, "old": "one = 1\n", "new": ADD}), meanwhile=person)
        assert "mine = 2" in (scripted.folder / CALC).read_text()
        assert run("restore", name, "--step", "1", "--path", CALC).code == 3
        assert "somebody else wrote" in run("diff", name).out

    def test_the_whole_tree(self, scripted, run):
        (scripted.folder / "notes.txt").write_text("before\n")
        scripted.project.git("add", "-A")
        scripted.project.git("commit", "-qm", "notes")
        name = scripted(write(CALC, ADD))
        (scripted.folder / "notes.txt").write_text("after\n")
        assert run("restore", name, "--step", "0", "--whole-tree").code == 3
        assert run("restore", name, "--step", "0", "--whole-tree", "--overwrite").code == 0
        assert (scripted.folder / "notes.txt").read_text() == "before\n"
        assert run("restore", name, "--step", "0").out.startswith("Nothing to restore")

    def test_refused_while_a_run_is_going_on(self, scripted, run):
        name = scripted(write(CALC, ADD))
        journal = scripted.app.journals.open(name)
        journal.claim()
        try:
            for argv in (("restore", name, "--step", "0"), ("revert", name)):
                refused = run(*argv)
                assert (refused.code, (scripted.folder / CALC).read_text()) == (3, ADD), refused.err
        finally:
            journal.close()

    def test_one_place_must_be_named(self, scripted, run):
        name = scripted(write(CALC, ADD))
        assert run("restore", name).code == 2
        assert run("restore", name, "--step", "1", "--undo").code == 2
        assert run("restore", name, "--undo").code == 2
        assert run("restore", name, "--step", "77").code == 2


class Page(HTMLParser):
    """What a page would load or run, and the text in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.tags: list[str] = []
        self.text = ""
        self._is_script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._is_script = tag in {"script", "style"}
        self.loads += [value or "" for key, value in attrs if key in {"src", "srcset", "data", "action", "poster", "background"}]
        self.loads += [value or "" for key, value in attrs if key == "href" and not (value or "").startswith("#")]
        self.loads += [key for key, _ in attrs if key.startswith("on")]

    def handle_endtag(self, tag: str) -> None:
        self._is_script = False

    def handle_data(self, data: str) -> None:
        if not self._is_script:
            self.text += data


class TestPage:
    HOSTILE = '<script>alert(1)</script><img src="http://evil.example/x.png" onerror=alert(1)> ![x](http://evil.example/y) \u202egnp'

    # req: agent-runtime/8.2
    def test_nothing_of_the_run_is_loaded_or_run_by_the_page(self, scripted, run, tmp_path):
        name = scripted(
            write(CALC, ADD),
            write(CALC, f"{ADD}# {self.HOSTILE}\n"),
            shell(f"echo '{self.HOSTILE[:24]}' > src/{'a' * 20}.txt; true"),
            Turn(text=f"Done. {self.HOSTILE}"),
        )
        target = tmp_path / "run.html"
        assert run("log", name, "--html", str(target)).code == 0
        raw = target.read_text()
        page = Page(raw)
        assert page.loads == []
        assert page.tags.count("script") == 1
        assert not {"img", "iframe", "object", "embed", "link", "base", "form"} & set(page.tags)
        assert "default-src 'none'" in raw
        assert "\u202e" not in raw
        assert "<script>alert(1)</script>" in page.text

    def test_it_tells_the_whole_run(self, scripted, run, tmp_path):
        name = scripted(
            write(CALC, "one = 1\n"),
            shell("echo x >> README.md; true"),
            write("../outside.txt", "x"),
            write(CALC, ADD),
        )
        target = tmp_path / "run.html"
        told = run("log", name, "--html", str(target), "--format", "json").json
        text = Page(target.read_text()).text
        assert told["page"] == str(target)
        for words in ("first step out of scope", "supervised, full", "bubblewrap" if "bubblewrap" in text else "landlock", name, "Ada"):
            assert words in text
        assert "one = 1" in text
        assert "What it changed" in text
        assert "Taking it back" in text
        assert "outside-workspace" in text

    def test_a_secret_is_in_no_view(self, scripted, run, tmp_path):
        (scripted.folder / ".env").write_text(f"API_TOKEN={CANARY}\n")
        (scripted.folder / ".gitignore").write_text(".env\n")
        scripted.project.git("add", ".gitignore")
        scripted.project.git("commit", "-qm", "ignore")
        name = scripted(write(CALC, f"{ADD}# {CANARY}\n"), ("read", {"path": ".env"}), ("read", {"path": CALC}))
        target = tmp_path / "run.html"
        assert run("log", name, "--html", str(target)).code == 0
        views = [target.read_text()]
        views += [run(*argv).out for argv in (("log", name), ("diff", name), ("revert", name, "--dry-run"), ("checkpoints", name))]
        views += [
            run(*argv, "--format", "json").out for argv in (("log", name), ("diff", name), ("restore", name, "--step", "0", "--dry-run"))
        ]
        assert all(CANARY not in view for view in views)


class TestLog:
    # req: agent-runtime/8.1
    def test_the_steps_before_a_point_and_the_first_out_of_scope(self, scripted, run):
        name = scripted(
            write(CALC, "one = 1\n"), ("list", {"path": "src"}), write("../outside.txt", "x"), ("list", {"path": "src"}), write(CALC, ADD)
        )
        whole = run("log", name, "--format", "json").json
        first = next(step for step in whole["steps"] if step["out_of_scope"])
        assert (first["step"], first["rule"], whole["first_out_of_scope"]) == (3, "outside-workspace", first["number"])
        before = run("log", name, "--before", "3", "--last", "2", "--format", "json").json
        assert [step["number"] for step in before["steps"]] == [first["number"] - 2, first["number"] - 1]
        assert (before["left_out"], before["left_after"]) == (first["number"] - 3, len(whole["steps"]) - first["number"] + 1)
        assert "first step out of scope" in run("log", name).out
        assert f"line {first['number']}" in run("log", name, "--before", "3").out
        assert run("log", name, "--before", "99").code == 2
        assert run("log", "--before", "3").code == 2

    def test_a_damaged_journal_is_named_with_its_line_and_a_newer_one_with_its_version(self, scripted, run):
        name = scripted(write(CALC, ADD))
        path = journal_of(name)
        whole = path.read_bytes()
        lines = whole.splitlines(keepends=True)
        newer = json.loads(lines[3]) | {"v": 7}
        for damaged, words in (
            (b"".join([*lines[:3], b"{nonsense\n", *lines[4:]]), "line 4"),
            (b"".join([*lines[:3], json.dumps(newer).encode() + b"\n", *lines[4:]]), "version 7"),
        ):
            path.write_bytes(damaged)
            for argv in (
                ("log", name),
                ("diff", name),
                ("checkpoints", name),
                ("revert", name),
                ("restore", name, "--step", "0"),
                ("log", name, "--html", "x.html"),
            ):
                ended = run(*argv)
                assert ended.code == 4, (argv, ended)
                assert words in ended.err
            assert (scripted.folder / CALC).exists()
        path.write_bytes(whole)
        assert run("diff", name).code == 0

    def test_a_lost_record_of_files_is_an_error_and_not_a_wrong_answer(self, scripted, run):
        name = scripted(write(CALC, ADD))
        shutil.rmtree(journal_of(name).parents[2] / "checkpoints.git")
        for argv in (("diff", name), ("checkpoints", name), ("restore", name, "--step", "0"), ("revert", name)):
            ended = run(*argv)
            assert ended.code == 4, argv
            assert "fsck" not in ended.err or "--git-dir=" in ended.err, "the repository in doubt is not the workspace's own"
        assert (scripted.folder / CALC).read_text() == ADD

    def test_a_run_that_found_no_room_for_its_first_entry_hides_no_other(self, scripted, run):
        name = scripted(write(CALC, ADD))
        empty = journal_of(name).parents[1] / f"z{name}" / "journal.jsonl"
        empty.parent.mkdir()
        empty.touch()
        for argv in (("log", f"z{name}"), ("log",)):
            assert "ended before its first entry was written" in run(*argv).out
        assert run("diff", "--format", "json").json["run"] == name
        assert run("checkpoints", "--format", "json").json["run"] == name

    def test_a_file_too_long_to_be_read_at_once_is_shown_and_taken_back(self, scripted, run):
        name = scripted(shell("head -c 34000000 /dev/zero > src/big.bin"))
        assert (scripted.folder / "src/big.bin").stat().st_size == 34_000_000
        assert "src/big.bin" in run("diff", name, "--stat").out
        ended = run("revert", name, "--format", "json")
        assert (ended.code, ended.json["kept"]) == (0, [])
        assert not (scripted.folder / "src/big.bin").exists()

    def test_revert_without_a_name_takes_the_run_that_is_not_finished(self, scripted, run):
        finished = scripted(write(CALC, ADD))
        ended = run("revert")
        assert (ended.code, "setsquare log" in ended.err) == (3, True)
        assert (scripted.folder / CALC).exists()
        left = scripted(write(CALC, "def add(:\n"), tasks="2")
        ended = run("revert", "--format", "json")
        assert (ended.code, ended.json["run"], left != finished) == (0, left, True)
        assert (scripted.folder / CALC).read_text() == ADD

    # req: agent-runtime/4.4
    def test_connections_are_told_and_stay_done(self, scripted, run):
        name = scripted(write(CALC, ADD))
        journal = scripted.app.journals.open(name)
        journal.append("platform", NetworkUsed(step=1, host="pypi.org", port=443, is_allowed=True, rule="allowed-host", sent_bytes=812))
        journal.close()
        journal.append("platform", NetworkUsed(step=1, host="http://10.0.0.1/", port=0, is_allowed=False, rule="ip-literal"))
        journal.close()
        told = run("log", name).out
        assert "connection to pypi.org:443 allowed (allowed-host)" in told
        assert "connection to http://10.0.0.1/ refused (ip-literal)" in told
        beyond = run("revert", name, "--dry-run", "--format", "json").json["beyond"]
        assert beyond == [{"kind": "network", "what": "connection to pypi.org:443, 812 bytes sent", "step": 1, "count": 1}]
        assert "cannot be taken back" in run("revert", name).out


def test_a_very_long_run_has_a_bounded_page(scripted, run, tmp_path):
    """Nothing of it grows without bound, and what was left out is said."""
    app = wire.app_for(scripted.folder)
    name = app.clock.new_id()
    journal = app.journals.create(name)
    tree = app.checkpoints.take()
    started = RunStarted(
        run=name, workspace="w", spec="sum", tasks=("1",), mode="supervised", autonomy="full", model="m", sandbox="b", approved="", base=""
    )
    for event in (started, CheckpointTaken(step=0, tree=tree), TaskStarted(task="1", title="T", system="", brief="")):
        journal.append("platform", event, is_deferred=True)
    for step in range(1, 7_000):
        reply = Reply(calls=(ToolCall("c", "read", "{}"),), usage=Usage(input_tokens=10, output_tokens=1))
        journal.append("model", ModelReplied(step=step, reply=reply), is_deferred=True)
        decided = ActionDecided(step=step, call_id="c", tool="read", arguments='{"path": "a"}', permission="allow", rule="read", reason="")
        journal.append("platform", decided, is_deferred=True)
        journal.append(
            "platform",
            ActionObserved(step=step, call_id="c", is_ok=True, text="x" * 2_000, summary="read a", duration_s=0.1),
            is_deferred=True,
        )
    journal.append("platform", RunFinished(step=7_000, outcome="done"))
    journal.close()
    target = tmp_path / "run.html"
    assert run("log", name, "--html", str(target)).code == 0
    assert target.stat().st_size < 16_000_000
    text = Page(target.read_text()).text
    assert "points in the middle are left out" in text
    assert "are cut after" in text


def test_the_page_shows_in_a_browser(scripted, run, tmp_path):
    """A browser lays the page out without an error of its policy."""
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("there is no chromium on this machine")
    name = scripted(write(CALC, ADD))
    target = tmp_path / "run.html"
    assert run("log", name, "--html", str(target)).code == 0
    argv = [
        browser,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={tmp_path / 'profile'}",
        "--enable-logging=stderr",
        "--dump-dom",
        f"file://{target}",
    ]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert "Step by step" in done.stdout
    assert "Content Security Policy" not in done.stderr
    assert "Uncaught" not in done.stderr
