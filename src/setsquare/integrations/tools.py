"""Lists the tools that are served, with where each of their formats is documented.

Source: the page that stands beside each form, as read on its day; where the maker of a tool does not document a form, it is marked unverified.
"""

from __future__ import annotations

from typing import Final

from setsquare.integrations.tool import Form, Format, Kind, Source, Tool

_READ: Final = "2026-11-25"
_SPECIFICATION: Final = ("name", "description", "license", "compatibility", "metadata", "allowed-tools")
_CLAUDE: Final = (
    *("when_to_use", "argument-hint", "disable-model-invocation", "user-invocable", "model", "effort", "context", "agent", "hooks"),
    *("paths", "shell"),
)


def _read(url: str, *, is_verified: bool = True) -> Source:
    return Source(url, _READ, is_verified)


def _skills(folder: str, url: str, *more: str) -> Form:
    """Describe skills after the open specification (agentskills.io), with keys that a tool adds."""
    return Form(
        kind=Kind.SKILL,
        format=Format.SKILL,
        path=f"{folder}/setsquare-{{id}}/SKILL.md",
        required=("name", "description"),
        allowed=(*_SPECIFICATION, *more),
        limit_name=64,
        source=_read(url),
    )


AGENTS_SKILLS: Final = ".agents/skills"
"""The folder that several tools share."""

TOOLS: Final[tuple[Tool, ...]] = (
    Tool(
        id="claude",
        names=("claude-code",),
        title="Claude Code",
        marks=(".claude", "CLAUDE.md", "CLAUDE.local.md"),
        forms=(
            _skills(".claude/skills", "https://code.claude.com/docs/en/skills", *_CLAUDE),
            Form(
                kind=Kind.COMMAND,
                format=Format.MARKDOWN,
                path=".claude/commands/setsquare/{id}.md",
                allowed=("description", "allowed-tools", *_CLAUDE),
                argument="$ARGUMENTS",
                source=_read("https://code.claude.com/docs/en/skills"),
            ),
        ),
        note="A skill can be typed, too: `/setsquare-run`; the command is `/setsquare:run`.",
    ),
    Tool(
        id="codex",
        names=("codex-cli",),
        title="Codex",
        marks=(".codex",),
        forms=(_skills(AGENTS_SKILLS, "https://developers.openai.com/codex/skills"),),
        note="Skills only; one is typed as `$setsquare-run`.",
    ),
    Tool(
        id="cursor",
        title="Cursor",
        marks=(".cursor", ".cursorrules"),
        forms=(
            _skills(".cursor/skills", "https://cursor.com/docs/context/skills", "disable-model-invocation"),
            Form(
                kind=Kind.COMMAND,
                format=Format.MARKDOWN,
                path=".cursor/commands/setsquare-{id}.md",
                source=_read("https://github.com/microsoft/apm/pull/1046", is_verified=False),
            ),
            Form(
                kind=Kind.RULE,
                format=Format.MDC,
                path=".cursor/rules/setsquare.mdc",
                required=("description", "alwaysApply"),
                allowed=("description", "globs", "alwaysApply"),
                source=_read("https://github.com/stbenjam/skillsaw/blob/main/docs/rules/cursor-rules-valid.md", is_verified=False),
            ),
        ),
    ),
    Tool(
        id="github-copilot",
        names=("copilot",),
        title="GitHub Copilot",
        marks=(
            *(".github/copilot-instructions.md", ".github/instructions", ".github/prompts", ".github/skills", ".github/agents"),
            *(".github/chatmodes", ".github/workflows/copilot-setup-steps.yml"),
        ),
        forms=(
            _skills(".github/skills", "https://docs.github.com/en/copilot/concepts/agents/about-agent-skills"),
            Form(
                kind=Kind.COMMAND,
                format=Format.PROMPT,
                path=".github/prompts/setsquare-{id}.prompt.md",
                allowed=("description", "name", "argument-hint", "agent", "model", "tools"),
                source=_read("https://code.visualstudio.com/docs/agent-customization/prompt-files"),
            ),
        ),
        note="Prompt files are read by the editor's local agent; other agents read the skills.",
    ),
    Tool(
        id="gemini",
        names=("gemini-cli",),
        title="Gemini CLI",
        marks=(".gemini", "GEMINI.md"),
        forms=(
            _skills(".gemini/skills", "https://geminicli.com/docs/cli/skills"),
            Form(
                kind=Kind.COMMAND,
                format=Format.TOML,
                path=".gemini/commands/setsquare/{id}.toml",
                required=("prompt",),
                allowed=("prompt", "description"),
                argument="{{args}}",
                source=_read("https://geminicli.com/docs/cli/custom-commands"),
            ),
        ),
        note="`/commands reload` and `/skills reload` make a running session read them.",
    ),
    Tool(
        id="kiro",
        names=("kiro-cli",),
        title="Kiro",
        # What `setsquare init` writes itself (steering, settings.json) shows nothing.
        marks=(".kiro/hooks", ".kiro/agents", ".kiro/skills", ".kiro/prompts", ".kiro/settings"),
        forms=(
            _skills(".kiro/skills", "https://kiro.dev/docs/skills"),
            Form(
                kind=Kind.COMMAND,
                format=Format.MARKDOWN,
                path=".kiro/prompts/setsquare-{id}.md",
                limit_name=50,
                source=_read("https://kiro.dev/docs/cli/chat/manage-prompts"),
            ),
        ),
        note="A prompt is typed as `@setsquare-run`, a skill as `/setsquare-run`.",
    ),
    Tool(
        id="opencode",
        title="OpenCode",
        marks=(".opencode", "opencode.json", "opencode.jsonc"),
        forms=(
            _skills(".opencode/skills", "https://opencode.ai/docs/skills"),
            Form(
                kind=Kind.COMMAND,
                format=Format.MARKDOWN,
                path=".opencode/commands/setsquare-{id}.md",
                allowed=("description", "agent", "model", "subtask"),
                argument="$ARGUMENTS",
                source=_read("https://opencode.ai/docs/commands"),
            ),
        ),
    ),
    Tool(
        id="zed",
        title="Zed",
        marks=(".zed", ".rules"),
        forms=(_skills(AGENTS_SKILLS, "https://zed.dev/docs/ai/skills", "disable-model-invocation"),),
        note="Skills only, and only in a worktree that is trusted; one is typed as `/setsquare-run`.",
    ),
    Tool(
        id="windsurf",
        title="Windsurf",
        marks=(".windsurf", ".windsurfrules"),
        forms=(
            _skills(".windsurf/skills", "https://docs.windsurf.com/windsurf/cascade/skills"),
            Form(
                kind=Kind.COMMAND,
                format=Format.MARKDOWN,
                path=".windsurf/workflows/setsquare-{id}.md",
                allowed=("description",),
                limit_characters=12_000,
                source=_read("https://docs.windsurf.com/windsurf/cascade/workflows"),
            ),
        ),
    ),
    Tool(
        id="devin",
        names=("devin-cli",),
        title="Devin",
        marks=(".devin",),
        forms=(_skills(".devin/skills", "https://docs.devin.ai/cli/extensibility/skills/overview"),),
        note="Skills only; Devin reads those of Windsurf, too.",
    ),
    Tool(
        id="cline",
        title="Cline",
        marks=(".cline", ".clinerules", "CLINE.md"),
        forms=(
            _skills(".cline/skills", "https://docs.cline.bot/customization/skills"),
            Form(
                kind=Kind.COMMAND,
                format=Format.MARKDOWN,
                path=".clinerules/workflows/setsquare-{id}.md",
                source=_read("https://docs.cline.bot/customization/workflows"),
            ),
        ),
        note="Skills must be switched on in its settings. A workflow is typed as `/setsquare-run.md`.",
    ),
    Tool(
        id="roo",
        names=("roocode", "roo-code"),
        title="Roo Code",
        marks=(".roo", ".roomodes", ".roorules"),
        forms=(
            _skills(".roo/skills", "https://docs.roocode.com/features/skills"),
            Form(
                kind=Kind.COMMAND,
                format=Format.MARKDOWN,
                path=".roo/commands/setsquare-{id}.md",
                allowed=("description", "argument-hint", "mode"),
                # The maker's page names the folder and says that there is front matter; the keys stand in programs of others only.
                source=_read("https://docs.roocode.com/advanced-usage/available-tools/run-slash-command", is_verified=False),
            ),
        ),
    ),
    Tool(
        id="agents",
        names=("agents-md",),
        title="AGENTS.md and .agents",
        marks=("AGENTS.md", ".agents"),
        forms=(
            _skills(AGENTS_SKILLS, "https://agentskills.io/specification"),
            Form(kind=Kind.BLOCK, format=Format.BLOCK, path="AGENTS.md", source=_read("https://agents.md")),
        ),
        note="For every tool that reads AGENTS.md: a block between two marks, all else in the file stays.",
    ),
)


def tool_named(name: str) -> Tool | None:
    """Find a tool by its id or another of its names.

    >>> found = tool_named("copilot")
    >>> found.id if found else ""
    'github-copilot'
    """
    wanted = name.strip().lower()
    return next((tool for tool in TOOLS if wanted == tool.id or wanted in tool.names), None)


def chosen(text: str) -> tuple[tuple[Tool, ...], tuple[str, ...]]:
    """Read what a person wrote after `--tools`: names with commas between, or `all`; give the tools in the table's order, and unknown names.

    >>> [tool.id for tool in chosen("zed, claude")[0]], chosen("zed,vim")[1], len(chosen("all")[0]) == len(TOOLS)
    (['claude', 'zed'], ('vim',), True)
    """
    names = tuple(dict.fromkeys(part for part in (piece.strip() for piece in text.split(",")) if part))
    if "all" in (name.lower() for name in names):
        return TOOLS, tuple(name for name in names if name.lower() != "all" and tool_named(name) is None)
    ids = {tool.id for name in names if (tool := tool_named(name)) is not None}
    return tuple(tool for tool in TOOLS if tool.id in ids), tuple(name for name in names if tool_named(name) is None)
