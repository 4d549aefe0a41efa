"""What the spec engine does with records that are broken, of a newer version, or made to exhaust it; and with interruptions."""

from __future__ import annotations

import fcntl
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from setsquare.adapters.files import DiskFiles
from setsquare.text.paths import RelPath
from setsquare.text.plan import Plan, creation

LOCK = ".setsquare/trace/login.lock.jsonl"
TEXT = """# Requirements Document

### Requirement 1: Log in

#### Acceptance Criteria

1. WHEN a user logs in, THE Login_Endpoint SHALL answer 200
2. IF the password is wrong, THEN THE Login_Endpoint SHALL answer 401

### Requirement 2: Log out

#### Acceptance Criteria

1. WHEN a user logs out, THE Login_Endpoint SHALL delete the session
"""
DEEP = b'{"more":' * 20_000


@pytest.fixture
def lock(folder: Path, run: Any) -> Path:
    """The lock of a spec."""
    place = folder / ".kiro/specs/login"
    place.mkdir(parents=True)
    (place / "requirements.md").write_text(TEXT)
    (place / "tasks.md").write_text("# Plan\n\n- [ ] 1. Log in\n  - _Requirements: 1.1, 1.2_\n")
    assert run("trace", "lock").code == 0
    return folder / LOCK


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'{"uid"', b'{"later":1,"uid"'),
        (b'{"kind"', b'{"later":1,"kind"'),
        (b'"v":1', b'"later":1,"v":1'),
        (b'"v":1', b'"v":2'),
        (b'{"uid"', b'<<<<<<< HEAD\n{"uid"'),
        (b'{"uid"', DEEP + b'\n{"uid"'),
    ],
)
def test_a_lock_that_is_not_understood_whole_is_found_and_stays(lock: Path, run: Any, old: bytes, new: bytes) -> None:
    broken = lock.read_bytes().replace(old, new, 1)
    lock.write_bytes(broken)
    found = [finding for finding in run("check", "--format", "json").json["findings"] if finding["code"] == "TRC005"]
    assert found
    assert found[0]["hint"]
    for argv in (
        ["trace", "lock"],
        ["trace", "clear", "--all", "login", "--reason", "x"],
        ["trace", "waive", "login/1.2", "--reason", "x"],
        ["trace", "renumber", "--write"],
        ["spec", "rename", "login", "entry", "--write"],
        ["spec", "split", "login", "entry", "--requirements", "2", "--write"],
    ):
        ran = run(*argv)
        assert ran.code == 3, (argv, ran.out, ran.err)
        assert "defect" not in ran.err
        assert lock.read_bytes() == broken


def test_repair_keeps_a_line_with_a_key_that_is_not_known_and_the_old_bytes(lock: Path, run: Any) -> None:
    whole = lock.read_bytes()
    broken = whole.replace(b'{"uid"', b'{"later":1,"uid"')
    lock.write_bytes(broken)
    assert run("trace", "lock", "--repair").code == 0
    assert lock.read_bytes() == whole
    assert (lock.parent / f"{lock.name}.broken").read_bytes() == broken


def test_a_renaming_leaves_the_kept_bytes_of_a_broken_lock_alone(lock: Path, run: Any) -> None:
    kept = lock.parent / "orders.lock.jsonl.broken"
    kept.write_bytes(b'{"spec":"login"}\n')
    assert run("spec", "rename", "login", "entry", "--write").code == 0
    assert kept.read_bytes() == b'{"spec":"login"}\n'


@pytest.mark.parametrize("record", [LOCK, ".setsquare/approvals/login.jsonl", ".setsquare/history/login.jsonl"])
def test_a_spec_is_not_moved_away_from_a_record_that_cannot_be_read(lock: Path, folder: Path, run: Any, record: str) -> None:
    place = folder / record
    place.unlink(missing_ok=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(folder.parent / "elsewhere")
    for argv in (["spec", "rename", "login", "entry", "--write"], ["spec", "archive", "login"]):
        ran = run(*argv)
        assert ran.code == 3
        assert record in ran.err
    assert place.is_symlink()
    assert (folder / ".kiro/specs/login/requirements.md").exists()
    assert lock.parent.exists()


@pytest.mark.parametrize("record", [".setsquare/approvals/login.jsonl", ".setsquare/history/login.jsonl", LOCK])
def test_a_deeply_nested_line_of_a_record_is_no_record(lock: Path, folder: Path, run: Any, record: str) -> None:
    place = folder / record
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes((place.read_bytes() if place.exists() else b"") + DEEP + b"\n")
    for argv in (
        ["check"],
        ["status"],
        ["spec", "history", "login"],
        ["trace", "status"],
        ["approve", "login", "requirements", "--verify"],
    ):
        ran = run(*argv)
        assert ran.code in {0, 1}, (argv, ran.err)


def test_settings_cannot_exhaust_memory_or_the_stack(lock: Path, folder: Path, run: Any) -> None:
    for text in ("a." * 50_000 + "b = 1\n", "a = " + "[" * 50_000 + "\n", "a = " + "9" * 20_000 + "\n"):
        (folder / ".setsquare/check.toml").write_text(text)
        ran = run("check", "--format", "json")
        assert ran.code == 1
        assert any(finding["path"] == ".setsquare/check.toml" for finding in ran.json["findings"])
    assert lock.exists()


def test_long_words_in_a_broken_settings_file_cost_no_square(lock: Path, folder: Path, run: Any) -> None:
    (folder / ".kiro/settings.json").write_text('{"n":' + "9" * 200_000 + "}")
    ran = run("check")
    assert ran.code in {0, 1}
    assert lock.exists()


def test_a_spec_name_with_a_line_end_makes_no_line_of_its_own(folder: Path, run: Any) -> None:
    for name in ("a\n::error::x", "b"):
        place = folder / ".kiro/specs" / name
        place.mkdir(parents=True)
        (place / "requirements.md").write_text(TEXT)
    ran = run("trace", "matrix")
    assert ran.code == 2
    assert len(ran.err.splitlines()) == 2


def test_json_holds_no_control_that_a_terminal_obeys(folder: Path, run: Any) -> None:
    (folder / "a.txt").write_text("THE X SHALL \x9b31m \u202e \x7f \u2028 do\n")
    ran = run("ears", "parse", "a.txt", "--format", "json")
    assert ran.code == 0
    assert not set("\x9b\u202e\x7f\u2028") & set(ran.out)
    assert "\\u202e" in ran.out


def test_an_interruption_leaves_no_file_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        DiskFiles(tmp_path).apply(Plan("x", (creation(RelPath("a/b.md"), b"text"),)))
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "middle", ["1" * 100_000 + " ms", "1 ms " * 20_000, ", " * 50_000, "do and/or " * 10_000, "THE X SHALL y " * 10_000, " " * 100_000]
)
def test_a_very_long_sentence_costs_no_square(lock: Path, folder: Path, run: Any, middle: str) -> None:
    (folder / ".kiro/specs/login/requirements.md").write_text(TEXT.replace("answer 200", f"answer within {middle}"))
    assert run("check").code in {0, 1}
    assert lock.exists()


def test_very_many_comments_cost_no_square(lock: Path, folder: Path, run: Any) -> None:
    off = "<!-- setsquare: disable=EARS002 x -->"
    many = "1. THE Login_Endpoint should answer " + off * 20_000 + "\n" + f"   and more {off}\n" * 10_000
    sections = "\n1. THE Login_Endpoint should answer <!-- setsquare: disable-section=EARS002 x -->" * 10_000
    (folder / ".kiro/specs/login/requirements.md").write_text(TEXT + many + sections)
    start = time.process_time()
    verdict = run("check", "--format", "json").json
    # What is read again for each comment takes minutes.
    assert time.process_time() - start < 20
    assert not [finding for finding in verdict["findings"] if finding["code"] == "EARS002"]
    assert lock.exists()


def test_of_very_many_results_the_told_ones_are_kept(lock: Path, folder: Path, run: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("SETSQUARE_STATE", str(tmp_path / "state"))
    (folder / "tests").mkdir()
    (folder / "tests/test_login.py").write_text("import pytest\n\n\n@pytest.mark.req('login/1.1')\ndef test_login(): ...\n")
    cases = "".join(f'<testcase classname="tests.test_login" name="test_login[{number}]"/>' for number in range(2_000))
    other = '<testcase classname="tests.test_login" name="test_other"/>' * 2_000
    (folder / "junit.xml").write_text(f"<testsuite>{cases}{other}</testsuite>")
    recorded = run("trace", "record", "junit.xml", "--format", "json").json
    assert (recorded["results"], recorded["kept"], recorded["matched"]) == (4_000, 1, 1)
    failed = '<testcase classname="tests.test_login" name="test_login[x]"><failure message="no"/></testcase>'
    (folder / "junit.xml").write_text(f"<testsuite>{cases}{failed}</testsuite>")
    assert run("trace", "record", "junit.xml", "--format", "json").json["kept"] == 2
    assert "✗ tests/test_login.py" in run("trace", "explain", "login/1.1").out
    assert lock.exists()


def test_what_a_killed_write_left_is_named_and_stays(lock: Path, folder: Path, run: Any) -> None:
    left = folder / ".kiro/specs/login/.setsquare-0123456789abcdef.tmp"
    left.write_text("the last copy")
    for argv in (["check"], ["status"]):
        ran = run(*argv)
        assert ".setsquare-0123456789abcdef.tmp: left by a write that was cut off" in ran.out
    assert run("spec", "rename", "login", "entry", "--write").code == 0
    assert left.read_text() == "the last copy"
    # While somebody writes, it is theirs.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        assert "cut off" not in run("check").out
    finally:
        os.close(descriptor)
    assert not lock.exists()


@pytest.mark.parametrize(
    ("place", "code"),
    [
        (LOCK, "TRC005"),
        (".setsquare/trace", "TRC005"),
        (".setsquare/approvals", "CFG007"),
        (".setsquare", "TRC005"),
        (".setsquare/check.toml", "CFG004"),
    ],
)
def test_a_record_behind_a_link_is_a_finding_and_a_refusal(
    lock: Path, folder: Path, run: Any, tmp_path: Path, place: str, code: str
) -> None:
    path = folder / place
    if path.exists():
        path.rename(tmp_path / "elsewhere")
    else:
        (tmp_path / "elsewhere").write_text("")
    path.symlink_to(tmp_path / "elsewhere")
    ran = run("check", "--format", "json")
    assert ran.code == 1
    found = ran.json["findings"][0]
    assert (found["code"], found["path"], "symbolic link" in found["message"]) == (code, place, True)
    assert place in run("check").out
    assert run("check", "--fix").code == 1
    for argv in (["trace", "suspect"], ["trace", "status"], ["trace", "lock"], ["approve", "login", "requirements"], ["impact"]):
        ran = run(*argv)
        assert (ran.code, place in ran.err) == (3, True), (argv, ran.out, ran.err)
    assert run("status").code == 0
    assert path.is_symlink()
    assert lock.exists()


@pytest.mark.parametrize("day", ["2026-02-31", "2026-13-01", "2020-01-01", "0000-00-00", "٢٠٢٧-٠١-٠١", "2027-01-01x"])
def test_a_waiver_ends_on_a_day_that_is_and_is_to_come(lock: Path, run: Any, day: str) -> None:
    before = lock.read_bytes()
    ran = run("trace", "waive", "login/1.2", "--reason", "x", "--until", day)
    assert (ran.code, "day" in ran.err or "over" in ran.err) == (2, True)
    assert lock.read_bytes() == before
    assert run("trace", "waive", "login/1.2", "--reason", "x", "--until", "2999-12-31").code == 0


def test_consistency_of_very_many_criteria_costs_no_square(folder: Path, run: Any) -> None:
    place = folder / ".kiro/specs/login"
    place.mkdir(parents=True)
    same = "1. THE Login_Endpoint SHALL answer\n" * 20_000
    other = "".join(f"1. WHEN event {number} comes, THE Login_Endpoint SHALL answer {number}\n" for number in range(5_000))
    (place / "requirements.md").write_text(f"{TEXT}{same}{other}")
    start = time.process_time()
    assert run("consistency", "login").code in {0, 1}
    # Comparing what says the same takes minutes.
    assert time.process_time() - start < 40


def test_where_the_approved_commit_is_not_here_it_is_said_and_approved_anew(
    lock: Path, folder: Path, run: Any, git: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    git("add", "-A")
    git("commit", "-q", "-m", "start")
    assert run("approve", "login", "requirements").code == 0
    requirements = ".kiro/specs/login/requirements.md"
    (folder / requirements).write_text(TEXT.replace("200", "201"))
    git("commit", "-q", "-a", "-m", "edit")
    (folder / "more").write_text("")
    git("add", "-A")
    git("commit", "-q", "-m", "more")
    git("clone", "-q", "--depth", "1", folder.as_uri(), str(tmp_path / "shallow"))
    monkeypatch.chdir(tmp_path / "shallow")
    for key, value in (("user.name", "Ada"), ("user.email", "ada@example.org")):
        subprocess.run(["git", "config", key, value], check=True)
    assert "git fetch --unshallow" in run("impact").out
    assert run("impact", "--since", "HEAD~1").code == 2
    assert run("approve", "login", "requirements").code == 0
    assert "unshallow" not in run("impact").out
    assert lock.exists()


def test_very_many_conflicts_end(folder: Path, run: Any) -> None:
    place = folder / ".kiro/specs/login"
    place.mkdir(parents=True)
    pair = "1. WHEN a user clicks, THE Login_Endpoint {} answer\n"
    (place / "requirements.md").write_text(TEXT + pair.format("SHALL") * 100 + pair.format("SHALL NOT") * 100)
    start = time.process_time()
    ran = run("consistency", "login", "--format", "json")
    # One witness for each of ten thousand conflicts takes minutes.
    assert time.process_time() - start < 60
    claims = ran.json["specs"][0]["claims"]
    assert len(claims) >= 10_000
    assert sum(bool(one["witness"]) for one in claims) <= 200
