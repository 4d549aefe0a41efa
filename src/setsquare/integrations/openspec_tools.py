"""Lists the tools that `openspec init` writes skills and commands for, with where each of them looks.

Source: OpenSpec 1.13.2, observed from outside; the order is the one in which its messages name them.
"""

from __future__ import annotations

import enum
from typing import Final

from msgspec import Struct

VERSION: Final = "1.13.2"
"""The version that generated files name, so that OpenSpec itself recognises them."""


class CommandForm(enum.Enum):
    """What stands at the head of a command file."""

    NONE = "none"
    DESCRIBED = "described"
    ARGUMENT = "argument"
    NAMED = "named"
    NAMED_ARGUMENT = "named-argument"
    FULL = "full"
    CLAUDE = "claude"
    SLASHED = "slashed"
    INVOKABLE = "invokable"
    HEADING = "heading"
    BARE = "bare"
    TOML = "toml"


class SpecTool(Struct, frozen=True, kw_only=True):
    """A tool: skills go below `<root>/skills`, commands to `commands` with `{id}` for the workflow; empty where it has none.

    `marks` are files and folders by which the tool is recognised. `at_home` says that the root lies in the person's home.
    """

    id: str
    title: str
    root: str
    commands: str = ""
    form: CommandForm = CommandForm.NONE
    marks: tuple[str, ...] = ()
    at_home: bool = False


def _tool(id: str, title: str, root: str, commands: str, form: CommandForm, *marks: str) -> SpecTool:  # noqa: A002  (a table's row)
    return SpecTool(id=id, title=title, root=root, commands=commands, form=form, marks=marks or (root,))


def _skills(id: str, title: str, root: str, *marks: str) -> SpecTool:  # noqa: A002  (a table's row)
    return SpecTool(id=id, title=title, root=root, marks=marks or (root,))


_F = CommandForm
SHARED: Final = ".agents"
"""The root that several tools share; the marker file in it names the one that wrote it."""

MARKER: Final = ".agents/skills/.openspec-target"
_COPILOT = (".github/copilot-instructions.md", ".github/prompts", ".github/skills", ".github/instructions", ".github/agents")

TOOLS: Final[tuple[SpecTool, ...]] = (
    _tool("amazon-q", "Amazon Q Developer", ".amazonq", ".amazonq/prompts/opsx-{id}.md", _F.DESCRIBED),
    _tool("antigravity", "Antigravity", SHARED, ".agents/workflows/opsx-{id}.md", _F.DESCRIBED, ".agents/workflows", ".agent"),
    _tool("auggie", "Auggie (Augment CLI)", ".augment", ".augment/commands/opsx-{id}.md", _F.ARGUMENT),
    _tool("bob", "Bob Shell", ".bob", ".bob/commands/opsx-{id}.md", _F.ARGUMENT),
    _tool("claude", "Claude Code", ".claude", ".claude/commands/opsx/{id}.md", _F.CLAUDE),
    _tool("cline", "Cline", ".cline", ".clinerules/workflows/opsx-{id}.md", _F.HEADING, ".cline", ".clinerules"),
    _tool("command-code", "Command Code", ".commandcode", ".commandcode/commands/opsx-{id}.md", _F.BARE),
    _skills("codeartsagent", "CodeArts", ".codeartsdoer"),
    _skills("codex", "Codex", SHARED, ".codex"),
    _tool("devin", "Devin Desktop (formerly Windsurf)", ".devin", ".devin/workflows/opsx-{id}.md", _F.FULL, ".devin", ".windsurf"),
    _skills("forgecode", "ForgeCode", ".forge"),
    _tool("codebuddy", "CodeBuddy Code (CLI)", ".codebuddy", ".codebuddy/commands/opsx/{id}.md", _F.NAMED_ARGUMENT),
    _tool("continue", "Continue", ".continue", ".continue/prompts/opsx-{id}.prompt", _F.INVOKABLE),
    _tool("costrict", "CoStrict", ".cospec", ".cospec/openspec/commands/opsx-{id}.md", _F.ARGUMENT),
    _tool("crush", "Crush", ".crush", ".crush/commands/opsx/{id}.md", _F.FULL),
    _tool("cursor", "Cursor", ".cursor", ".cursor/commands/opsx-{id}.md", _F.SLASHED),
    _tool("factory", "Factory Droid", ".factory", ".factory/commands/opsx-{id}.md", _F.ARGUMENT),
    _tool("gemini", "Gemini CLI", ".gemini", ".gemini/commands/opsx/{id}.toml", _F.TOML),
    _tool("github-copilot", "GitHub Copilot", ".github", ".github/prompts/opsx-{id}.prompt.md", _F.DESCRIBED, *_COPILOT),
    _skills("hermes", "Hermes Agent", ".hermes"),
    _tool("iflow", "iFlow", ".iflow", ".iflow/commands/opsx-{id}.md", _F.SLASHED),
    _tool("junie", "Junie", ".junie", ".junie/commands/opsx-{id}.md", _F.DESCRIBED),
    _tool("kilocode", "Kilo Code", ".kilocode", ".kilo/command/opsx-{id}.md", _F.BARE, ".kilocode", ".kilo"),
    _skills("kimi", "Kimi Code", ".kimi-code"),
    _tool("kiro", "Kiro", ".kiro", ".kiro/prompts/opsx-{id}.prompt.md", _F.DESCRIBED),
    _tool("lingma", "Lingma", ".lingma", ".lingma/commands/opsx/{id}.md", _F.FULL),
    SpecTool(id="minimax-code", title="MiniMax Code", root=".minimax", at_home=True),
    _skills("vibe", "Mistral Vibe", ".vibe"),
    _tool("oh-my-pi", "Oh My Pi", ".omp", ".omp/commands/opsx-{id}.md", _F.DESCRIBED),
    _tool("opencode", "OpenCode", ".opencode", ".opencode/commands/opsx-{id}.md", _F.DESCRIBED),
    _tool("pi", "Pi", ".pi", ".pi/prompts/opsx-{id}.md", _F.DESCRIBED),
    _tool("codeassistant", "SourceCraft Code Assistant", ".codeassistant", ".codeassistant/commands/opsx-{id}.md", _F.DESCRIBED),
    _tool("qoder", "Qoder", ".qoder", ".qoder/commands/opsx/{id}.md", _F.FULL),
    _tool("qwen", "Qwen Code", ".qwen", ".qwen/commands/opsx-{id}.md", _F.DESCRIBED),
    _skills("rovodev", "Rovo Dev CLI", ".rovodev"),
    _tool("roocode", "Zoo Code", ".roo", ".roo/commands/opsx-{id}.md", _F.HEADING),
    _tool("trae", "Trae", ".trae", ".trae/commands/opsx-{id}.md", _F.NAMED),
    _skills("zed", "Zed Agent", SHARED, ".zed"),
    _tool("zcode", "ZCode", ".zcode", ".zcode/commands/opsx/{id}.md", _F.FULL),
    _skills("agents", "Other / Universal (shared .agents skills)", SHARED, MARKER),
)
ALIASES: Final = {"windsurf": "devin"}


def tool_named(name: str) -> SpecTool | None:
    """Find a tool by its id or an older one.

    >>> tool_named("windsurf").id, tool_named("x")
    ('devin', None)
    """
    wanted = ALIASES.get(name, name)
    return next((tool for tool in TOOLS if tool.id == wanted), None)
