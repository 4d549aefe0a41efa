"""Guidance becomes steering word for word, whatever it holds."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsquare.migrate.guidance import Guidance
from setsquare.migrate.instructions.registry import owner
from setsquare.migrate.steering_form import SHARED, steering_texts
from setsquare.text.document import encode
from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath
from setsquare.workspace.steering import Inclusion, read_steering

LINES = st.lists(
    st.sampled_from(
        [
            "# A",
            "## Tech Stack",
            "## 1. Overview",
            "## Project structure",
            "## Other",
            "- x",
            "",
            "```",
            "~~~",
            "a\r",
            "---",
            "## Commands ##",
        ]
    ),
    max_size=14,
)


@given(LINES, st.sampled_from(["", "\n"]), st.sets(st.sampled_from(SHARED)))
def test_no_line_is_lost_or_made(lines: list[str], end: str, free: set[str]) -> None:
    body = "\n".join(lines) + end
    texts = steering_texts(Guidance(path=RelPath("CLAUDE.md"), source="claude", name="claude", body=body), free)
    bodies = [read_steering(scan(RelPath("x.md"), encode(text.text))).body for text in texts]
    kept = Counter(line for text in bodies for line in text.splitlines() if line.strip())
    assert kept == Counter(line for line in body.splitlines() if line.strip())
    assert {text.name for text in texts} <= {"claude", *free}


@pytest.mark.parametrize(
    ("path", "text", "inclusion", "patterns"),
    [
        (".cursorrules", "x", Inclusion.ALWAYS, ()),
        (".cursor/rules/a.mdc", "---\nalwaysApply: true\nglobs: *.ts\n---\nx", Inclusion.ALWAYS, ()),
        (".cursor/rules/a.mdc", "---\nglobs:\n  - '*.ts'\n  - \"*.tsx\"\n---\nx", Inclusion.FILE_MATCH, ("*.ts", "*.tsx")),
        (".cursor/rules/a.mdc", "---\nglobs: [\"a,b/**\", '*.{ts,tsx}']\n---\nx", Inclusion.FILE_MATCH, ("a", "b/**", "*.{ts,tsx}")),
        (".cursor/rules/a.mdc", '---\ndescription: When: "quoted" # not a comment\n---\nx', Inclusion.AUTO, ()),
        (".cursor/rules/a.mdc", "---\ndescription: odd \x7f\x85\u2028 'letters' \\\\ \U0001f600\n---\nx", Inclusion.AUTO, ()),
        (".cursor/rules/a.mdc", "---\nalwaysApply: false\n---\nx", Inclusion.MANUAL, ()),
        ("web/.cursor/rules/a.mdc", "---\nglobs: *.ts\n---\nx", Inclusion.FILE_MATCH, ("web/**/*.ts",)),
        ("web/CLAUDE.md", "x", Inclusion.FILE_MATCH, ("web/**",)),
        (".claude/CLAUDE.md", "x", Inclusion.ALWAYS, ()),
        (".github/instructions/a.instructions.md", "---\napplyTo: '**'\n---\nx", Inclusion.ALWAYS, ()),
        (".windsurf/rules/a.md", "---\ntrigger: model_decision\ndescription: d\n---\nx", Inclusion.AUTO, ()),
        (".clinerules/a.md", "x", Inclusion.ALWAYS, ()),
    ],
)
def test_each_tool_says_when_its_rules_apply(path: str, text: str, inclusion: Inclusion, patterns: tuple[str, ...]) -> None:
    source = owner(path)
    assert source is not None
    guidance = source.read(RelPath(path), text)
    assert isinstance(guidance, Guidance)
    [written] = steering_texts(guidance, ())
    steering = read_steering(scan(RelPath(f".kiro/steering/{written.name}.md"), encode(written.text)))
    assert (steering.inclusion, steering.patterns, steering.problems) == (inclusion, patterns, ())
    assert steering.description == guidance.description
    assert steering.body.strip() == "x"
