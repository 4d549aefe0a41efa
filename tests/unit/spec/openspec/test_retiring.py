"""What would be lost with a main spec."""

from __future__ import annotations

import pytest

from setsquare.spec.openspec.retiring import kept_apart, lost_lines

HEAD = "# T\n\n## Purpose\nx\n\n## Requirements\n"
BLOCK = "### Requirement: B\nIt SHALL.\n\n#### Scenario: a\n- b\n"


@pytest.mark.parametrize(
    "text",
    [
        HEAD + BLOCK,
        HEAD + BLOCK + "lazy\n  more\n  - nested\n1. c\n",
        HEAD + BLOCK + "\n```\n| a |\n## x\n```\n",
        HEAD.replace("x\n", "x\n\n### Note\n| a |\n") + BLOCK,
        HEAD + BLOCK.replace("SHALL.", "SHALL.\n\n> quoted\n\n##### deep\n***"),
    ],
)
def test_a_canonical_spec_loses_nothing(text: str) -> None:
    assert lost_lines(text) == ()


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        (HEAD + "note\n\n" + BLOCK, ("note",)),
        ("intro\n" + HEAD + BLOCK, ("intro",)),
        (HEAD + BLOCK + "\nA note.\n", ("A note.",)),
        (HEAD + BLOCK + "| a |\nlazy\n", ("| a |", "lazy")),
        (HEAD + BLOCK + "<!-- c -->\n", ("<!-- c -->",)),
        (HEAD + BLOCK + "### Note\n- foo\n", ("### Note",)),
        (HEAD + BLOCK + "---\n", ("- b",)),
        (HEAD + BLOCK + "\nnote\n\n## After\nx\n", ("## After", "x", "note")),
        (HEAD.replace("## Req", "## History\nfoo\n\n## Req") + BLOCK, ("## History", "foo")),
        (HEAD + BLOCK.replace("SHALL.", "SHALL.\n  | a |"), ("| a |",)),
    ],
)
def test_everything_else_is_named(text: str, lost: tuple[str, ...]) -> None:
    assert lost_lines(text) == lost


def test_a_long_line_is_cut_and_controls_are_not_printed() -> None:
    assert '"a?b"' in kept_apart("cap", ("a\tb",))
    assert f'"{"y" * 200}…"' in kept_apart("cap", ("y" * 300,))
