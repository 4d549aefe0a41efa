"""`setsquare ears parse`: one object a line from any text, one a criterion from Markdown; a line in, a line out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from setsquare.surfaces.cli.schema import json_schema

COMMAND = [sys.executable, "-m", "setsquare", "ears", "parse"]
ALWAYS = {"text", "pattern", "patterns", "lang", "modal", "polarity", "form", "subject", "clauses"}
PATTERNS = {"ubiquitous", "event", "state", "unwanted", "optional", "complex", "property", "none"}


def ran(data: bytes, *arguments: str, cwd: Path) -> list[dict[str, Any]]:
    done = subprocess.run([*COMMAND, *arguments, "--format", "json"], input=data, capture_output=True, check=False, cwd=cwd, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    lines = done.stdout.decode().split("\n")
    assert lines.pop() == ""
    return [json.loads(line) for line in lines]


# req: spec-engine/1.1
def test_one_object_for_each_line_in_order(tmp_path: Path) -> None:
    data = b"WHEN a, THE X SHALL b\n\n  - [ ] **REQ-1** WHILE a, when b, the Y shall NOT c\r\n> THE Z SHALL d if e"
    found = ran(data, "-", cwd=tmp_path)
    assert [one["text"] for one in found] == [
        "WHEN a, THE X SHALL b",
        "",
        "  - [ ] **REQ-1** WHILE a, when b, the Y shall NOT c",
        "> THE Z SHALL d if e",
    ]
    assert [one["pattern"] for one in found] == ["event", "none", "complex", "unwanted"]
    assert [one["patterns"] for one in found] == [["when"], [], ["while", "when"], ["if"]]
    assert [one["polarity"] for one in found] == ["positive", "positive", "negative", "positive"]
    assert [one["modal"] for one in found] == ["shall", None, "shall", "shall"]
    assert [one["subject"] for one in found] == ["X", "", "Y", "Z"]
    assert [one["line"] for one in found] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("data", "count"),
    [
        (b"", 0),
        (b"\n", 1),
        (b"\n\n\n", 3),
        (b"a", 1),
        (b"\xff\xfeWH\xc3EN \x00 a, THE X SHALL b\r\n\x80", 2),
        (b"\xef\xbb\xbfTHE X SHALL b\n", 1),
        ("THE X\u2028SHALL\u0085b\x0cc\n".encode(), 1),
        (b"WHEN a, " * 130_000, 1),
        (b"(" * 1_000_000, 1),
        (b"\r\r\n", 1),
    ],
    ids=["empty", "blank", "blanks", "no-end", "not-utf-8", "bom", "other-ends", "long", "parens", "cr"],
)
def test_any_text_is_read(data: bytes, count: int, tmp_path: Path) -> None:
    found = ran(data, cwd=tmp_path)
    assert len(found) == count
    schema = json.loads(json_schema("ears-parse"))
    for one in found:
        assert set(one) >= ALWAYS
        assert one["pattern"] in PATTERNS
        if len(one["text"]) < 1000:
            jsonschema.Draft202012Validator(schema).validate(one)


def test_output_lines_hold_no_other_line_ends(tmp_path: Path) -> None:
    done = subprocess.run([*COMMAND, "--format", "json"], input="a\u2028b\u0085c\n".encode(), capture_output=True, check=True, cwd=tmp_path)
    assert len(done.stdout.decode().splitlines()) == 1


REQUIREMENTS = """# Requirements Document

## Requirements

### Requirement 2: Log in

**User Story:** As a user, I want x, so that y.

#### Acceptance Criteria

1. WHEN a, THE X SHALL b
2. THE X SHALL NOT c
"""


@pytest.mark.parametrize("name", ["requirements.md", "notes.MD", "any.markdown"])
def test_a_markdown_file_gives_its_criteria(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(REQUIREMENTS)
    found = ran(b"", name, cwd=tmp_path)
    assert [(one["id"], one["line"], one["text"], one["pattern"]) for one in found] == [
        ("2.1", 11, "WHEN a, THE X SHALL b", "event"),
        ("2.2", 12, "THE X SHALL NOT c", "ubiquitous"),
    ]


def test_a_bugfix_file_and_a_file_of_lines(tmp_path: Path) -> None:
    text = (
        "# Bugfix Requirements Document\n\n## Bug Analysis\n\n### Current Behavior (Defect)\n\n1.1 WHEN a THEN the system crashes\n\n"
        "### Expected Behavior (Correct)\n\n2.1 WHEN a THEN the system SHALL CONTINUE TO b\n"
    )
    (tmp_path / "bugfix.md").write_text(text)
    found = ran(b"", "bugfix.md", cwd=tmp_path)
    assert [(one["id"], one["pattern"]) for one in found] == [("1.1", "none"), ("2.1", "event")]
    assert found[1]["responses"][0]["continues"]
    (tmp_path / "lines.txt").write_bytes(b"THE X SHALL a\n\nb")
    assert [one["pattern"] for one in ran(b"", "lines.txt", cwd=tmp_path)] == ["ubiquitous", "none", "none"]


@pytest.mark.parametrize("name", ["missing.md", "missing.txt", "."])
def test_a_file_that_cannot_be_read_ends_with_2(name: str, tmp_path: Path) -> None:
    done = subprocess.run([*COMMAND, name, "--format", "json"], capture_output=True, check=False, cwd=tmp_path)
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["code"] == "unreadable"


def test_a_line_in_a_line_out(tmp_path: Path) -> None:
    with subprocess.Popen([*COMMAND, "--format", "json"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path) as process:
        assert process.stdin
        assert process.stdout
        for text in ("WHEN a, THE X SHALL b", "", "IF c, THEN THE Y SHALL d"):
            process.stdin.write(f"{text}\n".encode())
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["text"] == text
        process.stdin.close()
        assert process.wait(20) == 0


def test_text_for_people(tmp_path: Path) -> None:
    data = b"WHEN a, THE X SHALL NOT b\n\x1b[2J\n"
    done = subprocess.run(COMMAND, input=data, capture_output=True, check=True, cwd=tmp_path)
    lines = done.stdout.decode().splitlines()
    assert lines[0].split() == ["PLACE", "PATTERN", "MODAL", "LANG", "SENTENCE"]
    assert "event" in lines[1]
    assert "not shall" in lines[1]
    assert "\x1b" not in done.stdout.decode()
