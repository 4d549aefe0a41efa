"""Who must review a path, as forges read it."""

from __future__ import annotations

import pytest

from setsquare.text.paths import RelPath
from setsquare.text.plain import scan
from setsquare.workspace.code_owners import CodeOwners, effective, matches, read_code_owners


def read(text: str) -> CodeOwners:
    """Read a file."""
    return read_code_owners(scan(RelPath("CODEOWNERS"), text.encode()))


@pytest.mark.parametrize(
    ("pattern", "path", "is_match"),
    [
        ("*", "a/b/c.md", True),
        ("*.js", "src/a.js", True),
        ("/build/logs/", "build/logs/a/b.log", True),
        ("/build/logs/", "x/build/logs/a", False),
        ("docs/*", "docs/getting-started.md", True),
        ("docs/*", "docs/build-app/troubleshooting.md", False),
        ("apps/", "x/apps/y.md", True),
        ("/docs/", "docs/a", True),
        ("/scripts", "scripts/a/b", True),
        ("**/logs", "deeply/nested/logs/x", True),
        ("/apps/github", "apps/github", True),
        ("/apps/github", "apps/github2", False),
        ("/a?.md", "ab.md", True),
        ("/a?.md", "a/.md", False),
        ("/My\\ File.md", "My File.md", True),
        ("*.toml", ".setsquare/check.toml", True),
        (".kiro/settings.json", "api/.kiro/settings.json", False),
    ],
)
def test_patterns_mean_what_they_mean_to_a_forge(pattern: str, path: str, is_match: bool) -> None:
    assert matches(pattern, path) is is_match


def test_the_last_line_that_matches_counts_and_may_name_nobody() -> None:
    found = read("* @all\n/a/ @one @two  # who\n/a/x.md\n")
    assert [found.owners_of(path) for path in ("b", "a/y", "a/x.md")] == [("@all",), ("@one", "@two"), ()]
    line = found.line_of("a/x.md")
    assert line is not None
    assert line.line == 3


def test_each_section_counts_for_itself_and_gives_its_owners_to_bare_lines() -> None:
    found = read("* @all\n[Policy][2] @arch\n/.kiro/\n^[Docs] @writers\n/docs/ @ann\n!/docs/draft.md\n")
    assert found.owners_of(".kiro/settings.json") == ("@all", "@arch")
    assert found.owners_of("docs/a.md") == ("@all", "@ann")
    assert found.owners_of("docs/draft.md") == ("@all",)


def test_lines_with_no_owner_in_them_are_problems() -> None:
    found = read("/a ada\n/b @ok\n/c @\n/d a@b\n\n# @x\n/e lead@example.org @@developer @org/team/sub\n")
    assert [problem.line for problem in found.problems] == [1, 3, 4]
    assert [one.pattern for one in found.patterns] == ["/b", "/e"]


@pytest.mark.parametrize("raw", [b"", b"\xef\xbb\xbf* @a\r\n", b"\xff\xfe", b"[", b"[]", b"\\", b"* @a\x00"])
def test_any_bytes_are_read(raw: bytes) -> None:
    read_code_owners(scan(RelPath("CODEOWNERS"), raw)).owners_of("a")


def test_the_place_that_counts() -> None:
    assert effective([".gitlab/CODEOWNERS", "docs/CODEOWNERS"]) == "docs/CODEOWNERS"
    assert effective(["packages/CODEOWNERS"]) is None
