"""Standard output as people have it: an old encoding, closed, full, narrow, a reader that leaves; and the lines they mistype."""

from __future__ import annotations

import csv
import fcntl
import json
import os
import pty
import shlex
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

REQUIREMENTS = (
    "# Requirements\n\n### Requirement 1: 登录\n\n#### Acceptance Criteria\n\n"
    "1. WHEN a user signs in, THE Login SHALL show the page → home\n2. IF the password is wrong, THEN THE Login should refuse\n"
)
COMMANDS = (
    ("status",),
    ("check",),
    ("trace", "status"),
    ("trace", "matrix", "größe"),
    ("trust", "--show"),
    ("--help",),
    ("check", "--format", "github"),
    ("trace", "matrix", "größe", "--format", "html"),
)


@pytest.fixture
def spec(folder: Path) -> Path:
    place = folder / ".kiro" / "specs" / "größe"
    place.mkdir(parents=True)
    (place / "requirements.md").write_text(REQUIREMENTS, encoding="utf-8")
    return place


def shell(line: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run a shell line in which `setsquare` is the program under test."""
    program = f"{shlex.quote(sys.executable)} -m setsquare"
    script = f'setsquare() {{ {program} "$@"; }}\n{line}'
    return subprocess.run(["bash", "-c", script], capture_output=True, check=False, env={**os.environ, **variables}, timeout=60)


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_an_ascii_terminal_fails_no_command(spec: Path, arguments: tuple[str, ...]):
    assert spec.is_dir()
    ran = shell(f"setsquare {shlex.join(arguments)}", PYTHONIOENCODING="ascii")
    assert ran.returncode == (1 if arguments[0] == "check" else 0)
    assert ran.stderr == b""
    if not any(name.startswith("--") for name in arguments[-2:]):
        assert ran.stdout.isascii()


def test_documents_are_utf_8_in_any_locale(spec: Path):
    assert spec.is_dir()
    for line in ("setsquare status --format json", "setsquare trace matrix größe --format json"):
        ran = shell(line, PYTHONIOENCODING="ascii")
        assert json.loads(ran.stdout.decode("utf-8"))
        assert "größe".encode() in ran.stdout


@pytest.mark.parametrize("arguments", COMMANDS[:-1], ids=" ".join)
def test_closed_streams_fail_no_command(spec: Path, arguments: tuple[str, ...]):
    assert spec.is_dir()
    expected = 1 if arguments[0] == "check" else 0
    out_closed = shell(f"setsquare {shlex.join(arguments)} >&-")
    assert (out_closed.returncode, out_closed.stderr) == (expected, b"")
    assert shell(f"setsquare {shlex.join(arguments)} 2>&-").returncode == expected


def test_an_early_reader_keeps_the_exit_code(spec: Path):
    rows = "".join(f"{number}. THE Login should show {'page ' * 40}\n" for number in range(1, 600))
    (spec / "requirements.md").write_text(f"# R\n\n### Requirement 1: X\n\n#### Acceptance Criteria\n\n{rows}")
    ran = shell("setsquare check | head -n 1; echo ${PIPESTATUS[0]}")
    assert ran.stdout.split(b"\n")[-2] == b"1"
    assert ran.stderr == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("line", ["setsquare status", "setsquare status --format json", "setsquare approve nope tasks --format json"])
def test_a_full_disk_is_said_in_words(spec: Path, line: str):
    assert spec.is_dir()
    ran = shell(f"{line} >/dev/full")
    assert b"Traceback" not in ran.stderr
    assert b"defect" not in ran.stderr
    assert ran.returncode in (2, 4)
    if "nope" not in line:
        assert ran.returncode == 4
        assert b"The output cannot be written" in ran.stderr


def on_terminal(columns: int, *arguments: str, **variables: str) -> str:
    """Run a command on a terminal of a width and give what it shows."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    environment = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "NO_COLOR")} | {"TERM": "xterm", **variables}
    command = [sys.executable, "-m", "setsquare", *arguments]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        chunks = []
        while True:
            try:
                chunk = os.read(ours, 65536)
            except OSError:
                break
            if not chunk:
                break
            chunks.append(chunk)
        process.wait(60)
    os.close(ours)
    return b"".join(chunks).decode().replace("\r\n", "\n")


def test_status_fits_a_narrow_terminal(spec: Path):
    assert spec.is_dir()
    wide = on_terminal(200, "status", NO_COLOR="1").splitlines()
    assert wide[0].startswith("SPEC ")
    narrow = on_terminal(60, "status", NO_COLOR="1").splitlines()
    assert narrow[0] == "größe"
    block = narrow[: narrow.index("")]
    assert all(len(line) <= 60 for line in block), block
    assert shlex.split(block[-1]) == ["next", "setsquare", "approve", "größe", "requirements"]


def test_excerpts_fit_a_narrow_terminal(spec: Path):
    (spec / "requirements.md").write_text(
        f"# R\n\n### Requirement 1: X\n\n#### Acceptance Criteria\n\n1. THE Login should show {'page ' * 60}\n"
    )
    shown = on_terminal(60, "check", NO_COLOR="1").splitlines()
    excerpts = [line for line in shown if " | " in line]
    assert len(excerpts) >= 2
    assert all(len(line) <= 60 for line in excerpts), excerpts


def test_colours_only_where_they_are_wanted(spec: Path):
    assert spec.is_dir()
    assert "\x1b[" in on_terminal(100, "status")
    assert "\x1b" not in on_terminal(100, "status", NO_COLOR="1")
    assert "\x1b" not in on_terminal(100, "status", TERM="dumb")


def test_a_name_cannot_redraw_the_terminal(folder: Path):
    place = folder / ".kiro" / "specs" / "e\x1b[31mv\x1b[2J\x1b]0;il\x07"
    place.mkdir(parents=True)
    (place / "requirements.md").write_text(REQUIREMENTS, encoding="utf-8")
    for arguments in (["status"], ["check"], ["trace", "status"], ["approve", "nope", "tasks"]):
        shown = on_terminal(100, *arguments)
        assert "\x1b[2J" not in shown
        assert "\x1b[31mv" not in shown
        assert "\x07" not in shown


def test_a_mistyped_line_is_answered_in_one_line(run, folder: Path):
    assert folder.is_dir()
    assert "Did you mean 'status'?" in run("statsu").err
    said = run("trace").err
    assert said.startswith("setsquare: `setsquare trace` needs a command: ")
    assert {"matrix", "status"} <= set(said.partition(": `setsquare trace` needs a command: ")[2].partition(".\n")[0].split(", "))
    assert said.endswith(".\n  See `setsquare trace --help`.\n")
    ran = run("approve", "x")
    assert ran.code == 2
    assert "\t" not in ran.err
    assert "EARS" in run("check", "--select", "NOPE").err


def test_a_suggested_command_survives_any_name(run, folder: Path):
    name = "it's $(touch pwned)"
    place = folder / ".kiro" / "specs" / name
    place.mkdir(parents=True)
    (place / "requirements.md").write_text("### Requirement 1: X\n\n#### Acceptance Criteria\n\n1. THE Login SHALL show the page\n")
    approved = run("approve", name, "requirements")
    assert shlex.split(approved.out.splitlines()[-1].removeprefix("Next: "))[-1] == name
    drafted = run("draft", "design", name)
    assert shlex.split(drafted.out.splitlines()[-1].removeprefix("Write it: "))[-2] == name


def test_what_was_not_judged_is_said(run, folder: Path):
    place = folder / ".kiro" / "specs" / "login"
    place.mkdir(parents=True)
    (place / "requirements.md").symlink_to(folder / "elsewhere.md")
    assert "left out  .kiro/specs/login/requirements.md" in run("check").out


def test_other_tools_trees_are_named_where_no_spec_is(run, folder: Path):
    place = folder / "openspec" / "specs" / "login"
    place.mkdir(parents=True)
    (place / "spec.md").write_text("# Login\n")
    assert run("status").out.splitlines()[1].split()[0] == "login"
    (folder / "openspec" / "specs" / "login" / "spec.md").unlink()
    feature = folder / "specs" / "001-login"
    feature.mkdir(parents=True)
    (feature / "spec.md").write_text("# Login\n")
    assert run("status").out.splitlines()[1].split()[0] == "001-login"


def test_a_spreadsheet_gets_no_formula(run, folder: Path):
    place = folder / ".kiro" / "specs" / "login"
    place.mkdir(parents=True)
    (place / "requirements.md").write_text("### Requirement 1: X\n\n#### Acceptance Criteria\n\n1. THE Login SHALL show the page\n")
    (place / "design.md").write_text('# Design\n\n## =HYPERLINK("http://example.org")\n\n_Requirements: 1.1_\n')
    rows = list(csv.reader(run("trace", "matrix", "login", "--format", "csv").out.splitlines()))
    assert rows[1][1].startswith("'=")


def test_a_draft_says_when_it_replaced_words_of_a_person(run, folder: Path):
    run("spec", "new", "login")
    place = folder / ".kiro" / "specs" / "login"
    (place / "requirements.md").write_text("### Requirement 1: X\n\n#### Acceptance Criteria\n\n1. THE Login SHALL show the page\n")
    run("approve", "login", "requirements")
    assert run("draft", "design", "login", "--write").out.startswith("Wrote ")
    with (place / "design.md").open("a") as design:
        design.write("\nWe use a queue.\n")
    assert run("draft", "design", "login", "--write").out.startswith("Replaced what stood in ")


def test_the_next_command_names_the_one_of_two_specs_with_one_name(run, folder: Path):
    for root in ("a", "b"):
        place = folder / root / ".kiro" / "specs" / "login"
        place.mkdir(parents=True)
        (place / "requirements.md").write_text("### Requirement 1: X\n\n#### Acceptance Criteria\n\n1. THE Login SHALL show the page\n")
    approved = run("approve", "b/.kiro/specs/login", "requirements")
    assert approved.out.endswith("Next: setsquare draft design b/.kiro/specs/login\n")
    assert run("draft", "design", "b/.kiro/specs/login").out.endswith("draft design b/.kiro/specs/login --write\n")
