"""The validator sees what a tool would stumble over."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from setsquare.integrations.rendering import Rendered, rendered
from setsquare.integrations.tool import Format, Kind
from setsquare.integrations.tools import tool_named
from setsquare.integrations.validating import problems
from setsquare.text.paths import RelPath


def file_of(tool: str, kind: Kind) -> Rendered:
    found = tool_named(tool)
    assert found is not None
    return next(file for file in rendered(found, "1.0.0") if file.form.kind is kind)


def edited(tool: str, kind: Kind, change: Callable[[str], str]) -> tuple[str, ...]:
    file = file_of(tool, kind)
    assert change(file.text) != file.text
    return problems(replace(file, text=change(file.text)))


SKILL_EDITS = {
    "no front matter": (lambda text: text.split("---\n", 2)[2], "no front matter"),
    "not closed": (lambda text: text.replace("\n---\n", "\n", 1), "not closed"),
    "broken YAML": (lambda text: text.replace("name:", "name: [", 1), "not valid YAML"),
    "no keys": (lambda text: f"---\n- a\n---\n{text}", "no list of keys"),
    "another name": (lambda text: text.replace("name: setsquare-", "name: other-"), "the folder is"),
    "a name in capitals": (lambda text: text.replace("name: setsquare", "name: Setsquare"), "small letters"),
    "no description": (lambda text: text.replace("description:", "about:"), "`description` is missing"),
    "an unknown key": (lambda text: text.replace("description:", "version: 1\ndescription:"), "`version` is no key"),
    "a long description": (lambda text: text.replace('description: "', f'description: "{"x" * 1100}'), "at most 1024"),
    "metadata that nest": (
        lambda text: text.replace("  generated-by: setsquare", "  a: {b: c}\n  generated-by: setsquare"),
        "table of texts",
    ),
    "no body": (lambda text: f"{text.split('---', 2)[0]}---{text.split('---', 2)[1]}---\n", "no text after"),
    "a long body": (lambda text: text + "\n" * 600, "more than 500 lines"),
    "an argument": (lambda text: f"{text}$ARGUMENTS\n", "would be replaced"),
    "shell output": (lambda text: f"{text}!`date`\n", "would be replaced"),
}


@pytest.mark.parametrize(("change", "said"), SKILL_EDITS.values(), ids=SKILL_EDITS)
def test_skills(change: Callable[[str], str], said: str) -> None:
    assert any(said in problem for problem in edited("claude", Kind.SKILL, change))


@pytest.mark.parametrize(
    ("tool", "change", "said"),
    [
        ("gemini", lambda text: text.replace("prompt =", "prompt ="[:-1], 1), "not valid TOML"),
        ("gemini", lambda text: text.replace("prompt = ", "text = "), "`prompt` is missing"),
        ("gemini", lambda text: f"{text}model = 'x'\n", "`model` is no key"),
        ("gemini", lambda text: f"prompt = 1\n{text.partition('prompt')[0]}", "is no text"),
        ("gemini", lambda text: text.replace("# ", "# !{date} ", 3), "would be replaced"),
        ("kiro", lambda text: f"---\ndescription: x\n---\n{text}", "no front matter"),
        ("cursor", lambda text: f"---\n{text}", "not closed"),
        ("windsurf", lambda text: text + "x" * 12_000, "at most 12000"),
        ("opencode", lambda text: text.replace("description:", "agnt: build\ndescription:"), "`agnt` is no key"),
        ("copilot", lambda text: text.replace("description:", "mode: agent\ndescription:"), "`mode` is no key"),
    ],
)
def test_commands(tool: str, change: Callable[[str], str], said: str) -> None:
    assert any(said in problem for problem in edited(tool, Kind.COMMAND, change))


def test_a_rule_says_when_it_applies() -> None:
    assert any("alwaysApply" in problem for problem in edited("cursor", Kind.RULE, lambda text: text.replace("false", "never", 1)))


@pytest.mark.parametrize("name", ["con", "NUL.md", "a:b", "a.", "a ", "a?b", "lpt1", "a\\b"])
def test_names_that_windows_does_not_know(name: str) -> None:
    file = file_of("claude", Kind.COMMAND)
    assert any("Windows" in problem for problem in problems(replace(file, path=RelPath(f".claude/commands/{name}"))))


def test_a_name_may_not_be_too_long() -> None:
    file = file_of("kiro", Kind.COMMAND)
    assert any("longer than 50" in problem for problem in problems(replace(file, path=RelPath(f".kiro/prompts/{'x' * 51}.md"))))


def test_line_ends_and_byte_order_marks_are_no_problem() -> None:
    assert edited("claude", Kind.SKILL, lambda text: "\ufeff" + text.replace("\n", "\r\n")) == ()
    assert file_of("claude", Kind.SKILL).form.format is Format.SKILL
