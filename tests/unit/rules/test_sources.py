"""Every example that names a source is text of that source."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest

from setsquare.rules.finding import Example
from setsquare.rules.registry import RULES

pytestmark = pytest.mark.corpus

SOURCED = [
    pytest.param(example, id=f"{rule.code}-{number}") for rule in RULES for number, example in enumerate(rule.examples) if example.source
]
FRAME = ("# Requirements Document", "## Requirements", "### Requirement 1: Orders", "#### Acceptance Criteria")
PUNCTUATION = frozenset("{}[],")
MARKER = re.compile(r"\s*\d+\.\s+")
BULLET = re.compile(r"\s*(?:[-*+]|\d+\.)\s+(?:\[[ x]\]\s+)?")


@cache
def lines_of(place: Path) -> frozenset[str]:
    """The lines of a file, or of the Markdown files right in a folder, with and without their list marker."""
    files = [place] if place.is_file() else sorted(place.glob("*.md"))
    lines = [line.strip() for file in files for line in file.read_text(encoding="utf-8", errors="replace").splitlines()]
    return frozenset(lines) | {BULLET.sub("", line, count=1) for line in lines}


def significant(example: Example) -> list[str]:
    """The lines of an example without the headings that frame it, the numbers that the frame gives to criteria, and the platform's own files."""
    lines = [line.strip() for path, text in example.files if not path.startswith(".setsquare/") for line in text.splitlines()]
    return [line for line in lines if line not in FRAME and not PUNCTUATION.issuperset(line)]


def parsed(lock: str) -> list[str]:
    """The lines of a lock that are JSON; an example of a broken one has others."""
    return [line for line in lock.splitlines() if line.startswith("{") and line.endswith("}")]


@pytest.mark.parametrize("example", SOURCED)
def test_a_source_is_a_repository_and_a_path_and_holds_the_example(corpus: Path, example: Example) -> None:
    repository, path = example.source.split(" ")
    place = corpus / "workspaces" / repository.replace("/", "+", 1) / path
    assert place.exists(), example.source
    lines = lines_of(place)
    found = [line in lines or MARKER.sub("", line, count=1) in lines for line in significant(example)]
    # An example with a lock shows an edit: the text before or after it comes from its source, the edit and the task that names it do not.
    before = [json.loads(line).get("text", "") for path, text in example.files if path.endswith(".lock.jsonl") for line in parsed(text)]
    assert any(found) or any(line in lines for line in before) if before else found and all(found), (
        f"{significant(example)} is not in {example.source}"
    )
