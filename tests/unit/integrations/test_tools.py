"""Names that people type find their tool."""

from __future__ import annotations

import pytest

from setsquare.integrations.tools import TOOLS, chosen, tool_named
from setsquare.workspace.artefact import ArtefactKind
from setsquare.workspace.layout import classify, packages


def test_no_name_stands_for_two_tools() -> None:
    names = [name for tool in TOOLS for name in (tool.id, *tool.names)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("text", "ids", "unknown"),
    [
        ("claude", ["claude"], ()),
        (" Zed , claude,claude ", ["claude", "zed"], ()),
        ("copilot,claude-code", ["claude", "github-copilot"], ()),
        ("vim,claude", ["claude"], ("vim",)),
        ("all,vim", [tool.id for tool in TOOLS], ("vim",)),
        (",", [], ()),
    ],
)
def test_a_list_of_names(text: str, ids: list[str], unknown: tuple[str, ...]) -> None:
    tools, others = chosen(text)
    assert ([tool.id for tool in tools], others) == (ids, unknown)


def test_the_tools_of_the_issue_are_there() -> None:
    wanted = "claude codex cursor copilot gemini kiro opencode zed windsurf devin cline roo agents"
    assert all(tool_named(name) for name in wanted.split())


def test_what_is_written_is_known_to_the_workspace() -> None:
    """So that trust and checks see it."""
    for tool in TOOLS:
        for form in tool.forms:
            path = form.place("run")
            assert classify(path, packages([path])) in {ArtefactKind.SKILL, ArtefactKind.PROMPT, ArtefactKind.INSTRUCTIONS}, path
