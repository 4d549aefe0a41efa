"""Writes the skill and command files of OpenSpec's workflows, each in the form that its tool reads.

Source: the files that OpenSpec 1.13.2 generates, their front matter and names; the texts are Setsquare's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from setsquare.integrations.openspec_tools import VERSION, CommandForm, SpecTool
from setsquare.integrations.openspec_workflows import SpecWorkflow
from setsquare.text.paths import RelPath

_ABOUT = (
    "The commands below are written for `openspec`. Where only Setsquare is installed, put its name before them: `setsquare openspec …`.\n\n"
    'Before the first step that writes, run `openspec list --json`. With `"root": null` this project does not use OpenSpec: say so, and ask before\n'
    "you set it up with `openspec init`. When the person names a store, add `--store <id>` to `new change`, `status`, `instructions`, `list`, `show`,\n"
    "`validate` and `archive`, in every step."
)


def tool_files(tool: SpecTool, workflows: Iterable[SpecWorkflow], *, has_skills: bool, has_commands: bool) -> Mapping[RelPath, bytes]:
    """Give all files of a tool by path; a tool without commands gets its skills in any case.

    >>> from setsquare.integrations.openspec_tools import tool_named
    >>> from setsquare.integrations.openspec_workflows import chosen_workflows
    >>> list(tool_files(tool_named("kiro"), chosen_workflows(("apply",)), has_skills=True, has_commands=True))
    ['.kiro/skills/openspec-apply-change/SKILL.md', '.kiro/prompts/opsx-apply.prompt.md']
    """
    found: dict[RelPath, bytes] = {}
    chosen = tuple(workflows)
    if has_skills or not tool.commands:
        found |= {skill_path(tool, workflow): skill_file(workflow).encode() for workflow in chosen}
    if has_commands and tool.commands:
        found |= {command_path(tool, workflow): command_file(tool, workflow).encode() for workflow in chosen}
    return found


def skill_path(tool: SpecTool, workflow: SpecWorkflow) -> RelPath:
    """Say where a skill lies."""
    return RelPath(f"{tool.root}/skills/{workflow.skill}/SKILL.md")


def command_path(tool: SpecTool, workflow: SpecWorkflow) -> RelPath:
    """Say where a command lies."""
    return RelPath(tool.commands.replace("{id}", workflow.id))


def skill_file(workflow: SpecWorkflow) -> str:
    """Write a skill."""
    head = (
        f"name: {workflow.skill}\n"
        f"description: {_described(workflow)}\n"
        "allowed-tools: Bash(openspec:*) Bash(setsquare openspec:*)\n"
        "license: MIT\n"
        "compatibility: Requires openspec CLI.\n"
        "metadata:\n"
        "  author: openspec\n"
        '  version: "1.0"\n'
        f'  generatedBy: "{VERSION}"\n'
    )
    return f"---\n{head}---\n\n{_body(workflow)}"


def command_file(tool: SpecTool, workflow: SpecWorkflow) -> str:
    """Write a command in the form of its tool."""
    title, body = f"OPSX: {workflow.title}", _body(workflow)
    if tool.form is CommandForm.TOML:
        prompt = body.replace("\\", "\\\\").replace('"""', '""\\"')
        return f'description = "{workflow.line}"\n\nprompt = """\n{prompt}"""\n'
    if tool.form is CommandForm.HEADING:
        return f"# {title}\n\n{workflow.line}\n\n{body}"
    head = _front_matter(tool.form, workflow, title)
    if not head:
        return body
    note = "This prompt is active now: follow it, and call no tool of its name.\n\n" if tool.form is CommandForm.INVOKABLE else ""
    return f"---\n{head}---\n\n{note}{body}"


def _front_matter(form: CommandForm, workflow: SpecWorkflow, title: str) -> str:
    described = f'description: "{workflow.line}"\n'
    sorted_in = 'category: "Workflow"\ntags: ["workflow", "artifacts", "experimental"]\n'
    match form:
        case CommandForm.DESCRIBED:
            return described
        case CommandForm.ARGUMENT:
            return f"{described}argument-hint: command arguments\n"
        case CommandForm.NAMED:
            return f'name: "{title}"\n{described}'
        case CommandForm.NAMED_ARGUMENT:
            return f'name: "{title}"\n{described}argument-hint: "[command arguments]"\n'
        case CommandForm.FULL:
            return f'name: "{title}"\n{described}{sorted_in}'
        case CommandForm.CLAUDE:
            return f'name: "{title}"\n{described}allowed-tools: Bash(openspec:*) Bash(setsquare openspec:*)\n{sorted_in}'
        case CommandForm.SLASHED:
            return f'name: "/opsx-{workflow.id}"\nid: "opsx-{workflow.id}"\ncategory: "Workflow"\n{described}'
        case CommandForm.INVOKABLE:
            return f'name: "opsx-{workflow.id}"\n{described}invokable: true\n'
        case _:
            return ""


def _described(workflow: SpecWorkflow) -> str:
    spoken = workflow.skill.removeprefix("openspec-").replace("-", " ")
    return f'{workflow.line}. Use when {workflow.use}, or says "openspec {spoken}" or "opsx {workflow.id}".'.replace(": ", " - ")


def _body(workflow: SpecWorkflow) -> str:
    steps = "\n".join(f"{number}. {step}" for number, step in enumerate(workflow.steps, 1))
    return f"{workflow.line}.\n\n{_ABOUT}\n\n## Steps\n\n{steps}\n"
