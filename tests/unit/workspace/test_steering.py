"""Steering: which front matter means what, and that a broken one never switches guidance off."""

from __future__ import annotations

import pytest

from setsquare.text import markdown
from setsquare.text.paths import RelPath
from setsquare.workspace.steering import Inclusion, SteeringFile, read_steering, split_globs


def of(front: str, body: str = "Body\n") -> SteeringFile:
    raw = f"---\n{front}\n---\n{body}" if front else body
    return read_steering(markdown.scan(RelPath(".kiro/steering/a.md"), raw.encode()))


@pytest.mark.parametrize(
    ("front", "inclusion", "patterns"),
    [
        ("", Inclusion.ALWAYS, ()),
        ("title: x", Inclusion.ALWAYS, ()),
        ("inclusion: always", Inclusion.ALWAYS, ()),
        ("inclusion: manual", Inclusion.MANUAL, ()),
        ("inclusion: auto\nname: n\ndescription: d", Inclusion.AUTO, ()),
        ("inclusion: fileMatch\nfileMatchPattern: 'src/**'", Inclusion.FILE_MATCH, ("src/**",)),
        ("inclusion: fileMatch\nfileMatchPattern: ['a', 'b']", Inclusion.FILE_MATCH, ("a", "b")),
        ("inclusion: fileMatch\nfileMatchPattern: '*.ts,*.tsx'", Inclusion.FILE_MATCH, ("*.ts", "*.tsx")),
        ("inclusion: fileMatch\nfileMatchPattern: a|b", Inclusion.FILE_MATCH, ("a", "b")),
        ("applies_to:\n  - src/**/*.{ts,tsx}\n  - b", Inclusion.FILE_MATCH, ("src/**/*.{ts,tsx}", "b")),
        ("applies_to: lib/**", Inclusion.FILE_MATCH, ("lib/**",)),
        ("alwaysApply: true\nglobs: x", Inclusion.ALWAYS, ()),
        ("alwaysApply: false\nglobs: 'x,y'", Inclusion.FILE_MATCH, ("x", "y")),
        ("alwaysApply: false\nglob: x", Inclusion.FILE_MATCH, ("x",)),
        ("alwaysApply: false\nglobs:", Inclusion.MANUAL, ()),
        ("inclusion: manual\napplies_to: ['x']\nalwaysApply: true", Inclusion.MANUAL, ()),
        ("applies_to: ['x']\nalwaysApply: true", Inclusion.FILE_MATCH, ("x",)),
    ],
)
def test_the_documented_forms(front: str, inclusion: Inclusion, patterns: tuple[str, ...]) -> None:
    file = of(front)
    assert (file.inclusion, file.patterns, file.problems) == (inclusion, patterns, ())
    assert file.body == "Body\n"


@pytest.mark.parametrize(
    ("front", "inclusion", "patterns"),
    [
        ("inclusion_mode: conditional\nfile_patterns:\n  - app/**", Inclusion.FILE_MATCH, ("app/**",)),
        ("include: conditional\npattern: 'backend/**/*'", Inclusion.FILE_MATCH, ("backend/**/*",)),
        ("include: always", Inclusion.ALWAYS, ()),
        ("globs: '*.py'", Inclusion.FILE_MATCH, ("*.py",)),
        ("fileMatchPattern: '*.py'", Inclusion.ALWAYS, ()),
    ],
)
def test_misspellings_are_followed_with_a_warning(front: str, inclusion: Inclusion, patterns: tuple[str, ...]) -> None:
    file = of(front)
    assert (file.inclusion, file.patterns) == (inclusion, patterns)
    assert [problem.is_warning for problem in file.problems] == [True]


@pytest.mark.parametrize(
    "front",
    [
        "globs: *.ts",
        "inclusion: sometimes",
        "inclusion: fileMatch",
        "inclusion:",
        "applies_to: []",
        "applies_to: {a: b}",
        "alwaysApply: maybe",
        "- a\n- b",
        "just text",
        "a: [1",
        "a: b: c",
        "a: " + "[" * 50_000,
        "a: " + "x" * 70_000,
        "a: &a [*a]",
    ],
)
def test_a_front_matter_that_cannot_be_followed_is_always_active_and_said(front: str) -> None:
    file = of(front)
    assert (file.inclusion, file.patterns) == (Inclusion.ALWAYS, ())
    (problem,) = file.problems
    assert not problem.is_warning
    assert problem.span.start == 0


def test_scalars_are_what_was_written_never_dates_numbers_or_objects() -> None:
    file = of("inclusion: auto\nname: 2025-99-99\ndescription: !!python/object/apply:os.system [x]")
    assert (file.name, file.description, file.problems) == ("2025-99-99", "x", ())


def test_a_mark_before_the_front_matter_and_crlf() -> None:
    raw = b"\xef\xbb\xbf---\r\ninclusion: manual\r\n---\r\nBody\r\n"
    file = read_steering(markdown.scan(RelPath("a.md"), raw))
    assert (file.inclusion, file.body) == (Inclusion.MANUAL, "Body\r\n")


def test_globs_are_split_outside_brackets_only() -> None:
    assert split_globs("{a,b}/*.ts|[,|]x,,") == ("{a,b}/*.ts", "[,|]x")
    assert split_globs("") == ()
