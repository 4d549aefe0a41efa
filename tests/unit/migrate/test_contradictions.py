"""Contradictions between rule files: what must be named, and what must not."""

from __future__ import annotations

import pytest

from setsquare.migrate.contradictions import Contradiction, contradictions
from setsquare.migrate.rule_lines import rule_lines
from setsquare.text.paths import RelPath

AGAINST = [
    ("- Use tabs for indentation", "- Use 2 spaces for indentation"),
    ("Indent with tabs", "Indentation: 4 spaces"),
    ("- Indentation: two spaces", "- 4-space indentation"),
    ("- Use single quotes", "- Always use double quotes for strings"),
    ("- No semicolons", "- Always use semicolons"),
    ("- Maximum line length: 80", "- Max line length is 120 characters"),
    ("- Keep lines under 100 characters", "- Line length: 88"),
    ("- Use npm for package management", "- Package manager: pnpm"),
    ("- Use `pnpm` to install dependencies, never npm", "- Always use yarn to install packages"),
    ("- ONLY use uv for dependencies, NEVER pip", "- Manage dependencies with poetry"),
    ("- Use Jest for tests", "- Tests use Vitest"),
    ("- Use pytest, not unittest", "- Write tests with unittest"),
    ("- Python 3.11", "- Python 3.12"),
    ("- Node.js 18", "- Node 20.11"),
    ("- React 18 with TypeScript", "- Built on React 17.0.2"),
    ("- Always commit generated files", "- Never commit generated files"),
    ("- Use default exports", "- Avoid default exports"),
    ("- Don't use type assertions.", "- Use type assertions"),
    ("- Always run the linter", "- Do not run the linter"),
]

IN_PEACE = [
    ("- Use tabs for indentation", "- Indent with tabs"),
    ("- Use tabs in Makefiles for indentation", "- YAML: indent with 2 spaces"),
    ("- Python: 4 spaces indentation", "- TypeScript: 2 spaces indentation"),
    ("- Use npm or pnpm to install packages", "- Use yarn to install packages"),
    ("- Install pnpm: `npm install -g pnpm`", "- Use pnpm to install packages"),
    ("- Use pnpm instead of npm for packages", "- Package manager: pnpm"),
    ("- Python 3.11+", "- Python 3.12"),
    ("- Python 3", "- Python 3.12"),
    ("- Node >=18", "- Node 20"),
    ("- Migrate from React 17", "- React 18"),
    ("- Use Jest for tests", "- Use pytest for tests"),
    ("- Use `unittest.mock` for mocks", "- Use pytest for tests"),
    ("- Never use any unless there is no other way", "- Use any"),
    ("- Keep functions under 50 lines", "- Maximum line length: 100"),
    ("- Escape double quotes in JSON", "- Use single quotes"),
    ("- Use single quotes in Python", "- Use double quotes in JSON"),
    ("- Always write tests", "- Never write secrets"),
    ("```\nnpm install\n```", "- Package manager: pnpm"),
    ("- Open the tabs view", "- Indent with 2 spaces"),
]


def found(first: str, second: str, scopes: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())) -> tuple[Contradiction, ...]:
    rules = (rule_lines(RelPath(name), text, 1, scope) for name, text, scope in zip(("a.md", "b.md"), (first, second), scopes, strict=True))
    return contradictions([rule for part in rules for rule in part])


# req: openspec-interop/5.4
@pytest.mark.parametrize(("first", "second"), AGAINST)
def test_what_cannot_both_be_followed_is_named_with_both_places(first: str, second: str) -> None:
    [one] = found(first, second)
    assert {one.first.path, one.second.path} == {"a.md", "b.md"}


@pytest.mark.parametrize(("first", "second"), IN_PEACE)
def test_what_can_both_be_followed_is_not_named(first: str, second: str) -> None:
    assert found(first, second) == ()


def test_rules_for_other_files_are_not_held_against_each_other() -> None:
    tabs, spaces = AGAINST[0]
    assert found(tabs, spaces, (("*.go",), ("*.ts",))) == ()
    assert len(found(tabs, spaces, (("*.go",), ("*.go",)))) == 1


def test_a_file_that_names_several_values_offers_a_choice() -> None:
    assert found("- Use Jest for tests\n- Use Vitest for tests\n", "- Use Mocha for tests\n") == ()
    assert found("- Use Jest for tests\n- Use Vitest for tests\n", "") == ()
