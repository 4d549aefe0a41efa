from __future__ import annotations

import pytest

from setsquare.spec.append_only import edited_sections
from setsquare.text.markdown import scan
from setsquare.text.paths import RelPath

OLD = b"# Design\n\n## Overview\n\nWords.\n\n## Components\n\nList.\n\n### Store\n\nKeeps.\n"


def edited(new: bytes, old: bytes = OLD) -> tuple[str, ...]:
    return edited_sections(scan(RelPath("design.md"), old), scan(RelPath("design.md"), new))


@pytest.mark.parametrize(
    "new",
    [
        OLD,
        OLD + b"\n## Decisions\n\nNew.\n",
        OLD.replace(b"### Store", b"### Cache\n\nFast.\n\n### Store"),
        OLD.replace(b"## Components", b"## Errors\n\nNone.\n\n## Components"),
        OLD.rstrip(),
        OLD.replace(b"Words.\n\n", b"Words.\n\n\n"),
    ],
)
def test_additions_are_allowed(new: bytes) -> None:
    assert edited(new) == ()


@pytest.mark.parametrize(
    ("new", "names"),
    [
        (OLD.replace(b"Words.", b"Other words."), ("Overview",)),
        (OLD.replace(b"Words.", b"Words.\n\nAnd an instruction."), ("Overview",)),
        (OLD.replace(b"### Store\n\nKeeps.\n", b""), ("Store",)),
        (OLD.replace(b"### Store", b"### Shop"), ("Store",)),
        (OLD.replace(b"List.", b"List of two."), ("Components",)),
        (b"", ("Design", "Overview", "Components", "Store")),
        (OLD.replace(b"### Store", b"## Store"), ("Store",)),
    ],
)
def test_edits_are_named(new: bytes, names: tuple[str, ...]) -> None:
    assert edited(new) == names


def test_two_sections_of_one_name_need_two() -> None:
    twice = b"# A\n## B\nx\n## B\nx\n"
    assert edited(b"# A\n## B\nx\n", twice) == ("B",)


def test_text_before_the_first_heading_counts() -> None:
    assert edited(b"after\n# A\n", b"before\n# A\n") == ("(start)",)
