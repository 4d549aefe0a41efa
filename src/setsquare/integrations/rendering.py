"""Writes each tool's files from the workflows, stamped."""

from __future__ import annotations

import json
from typing import Final, assert_never

from msgspec import Struct

from setsquare.integrations.stamp import empty_stamp, stamped
from setsquare.integrations.texts import GUARD, NEVER, READING
from setsquare.integrations.tool import Form, Format, Kind, Tool
from setsquare.integrations.workflow import Workflow
from setsquare.integrations.workflows import WORKFLOWS
from setsquare.text.paths import RelPath

COMPATIBILITY: Final = "Requires the setsquare command on the PATH."
GUARD_ABOUT: Final = "How specs are kept in this repository with Setsquare, and what an agent must not write itself."


class Rendered(Struct, frozen=True, kw_only=True):
    """A file as this version writes it: its place, its form, the workflow that it holds (empty for a rule), its text with line feeds.

    For a block `text` is what stands between the marks.
    """

    path: RelPath
    form: Form
    workflow: str
    text: str


def rendered(tool: Tool, version: str) -> tuple[Rendered, ...]:
    """Write every file of a tool.

    >>> from setsquare.integrations.tools import TOOLS
    >>> [str(file.path) for file in rendered(TOOLS[1], "1.0.0")][:2]
    ['.agents/skills/setsquare-specify/SKILL.md', '.agents/skills/setsquare-draft/SKILL.md']
    """
    return tuple(file for form in tool.forms for file in _files(form, version))


def _files(form: Form, version: str) -> tuple[Rendered, ...]:
    if form.is_for_each_workflow:
        return tuple(Rendered(path=form.place(item.id), form=form, workflow=item.id, text=_text(form, item, version)) for item in WORKFLOWS)
    text = GUARD if form.format is Format.BLOCK else stamped(_rule(form), form.format, version)
    return (Rendered(path=RelPath(form.path), form=form, workflow="", text=text),)


def _text(form: Form, workflow: Workflow, version: str) -> str:
    """Write one workflow in one form."""
    match form.format:
        case Format.SKILL:
            text = f"{_front(form, workflow)}\n# {workflow.title}\n\n{_body(workflow)}"
        case Format.MARKDOWN | Format.PROMPT | Format.MDC | Format.BLOCK:
            text = f"{_front(form, workflow)}# {workflow.title}\n\n{_typed(form, workflow)}\n{_body(workflow)}\n{empty_stamp(form.format)}"
        case Format.TOML:
            prompt = f"# {workflow.title}\n\n{_typed(form, workflow)}\n{_body(workflow)}"
            text = f"{empty_stamp(form.format)}description = {_quoted(_short(workflow))}\nprompt = {_toml_text(prompt)}\n"
        case other:
            assert_never(other)
    return stamped(text, form.format, version)


def _front(form: Form, workflow: Workflow) -> str:
    """Write the front matter; nothing where the form has none."""
    if form.format is Format.SKILL:
        return (
            f"---\nname: {workflow.name}\ndescription: {_quoted(workflow.about)}\ncompatibility: {_quoted(COMPATIBILITY)}\n"
            f"metadata:\n{empty_stamp(form.format)}---\n"
        )
    if "description" not in form.allowed:
        return ""
    return f"---\ndescription: {_quoted(_short(workflow))}\n---\n\n"


def _rule(form: Form) -> str:
    """Write the rule that a tool reads beside its skills: what stands in the shared block, too."""
    front = f"---\ndescription: {_quoted(GUARD_ABOUT)}\nalwaysApply: false\n---\n\n" if form.allowed else ""
    return f"{front}# Setsquare\n\n{GUARD}\n{empty_stamp(form.format)}"


def _body(workflow: Workflow) -> str:
    return f"{workflow.steps}\n{NEVER}\n{READING}"


def _typed(form: Form, workflow: Workflow) -> str:
    """Say where the words are that a person typed after the command."""
    if form.kind is Kind.COMMAND and form.argument:
        return f"The person asks for ({workflow.asks}): {form.argument}\n"
    return f"What the person wrote with this command says what is asked for ({workflow.asks}). If nothing does, ask.\n"


def _short(workflow: Workflow) -> str:
    """Give the first sentence of what a workflow is for, for a menu."""
    return f"{workflow.about.partition('. ')[0].rstrip('.')}."


def _quoted(text: str) -> str:
    r"""Quote one line of text so that YAML and TOML read the same.

    >>> print(_quoted('a "b": c'))
    "a \"b\": c"
    """
    return json.dumps(text, ensure_ascii=False)


def _toml_text(text: str) -> str:
    r"""Quote text of several lines for TOML.

    >>> print(_toml_text("a\nb"))
    '''
    a
    b'''
    """
    if "'''" in text:
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'"""\n{escaped}"""'
    return f"'''\n{text}'''"
