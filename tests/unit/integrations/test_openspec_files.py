"""The skill and command files of OpenSpec's workflows."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
import yaml

import setsquare
from setsquare.integrations.openspec_files import command_file, skill_file, tool_files
from setsquare.integrations.openspec_project import CLOUD_FILES, config_file
from setsquare.integrations.openspec_tools import TOOLS, CommandForm, SpecTool
from setsquare.integrations.openspec_workflows import CORE, WORKFLOWS, SpecWorkflow, chosen_workflows
from setsquare.text.paths import RelPath
from setsquare.workspace.openspec.config import read_config
from setsquare.workspace.openspec.schema import BUILT_IN, read_schema


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.id)
def test_a_skill_has_the_front_matter_that_openspec_recognises(workflow: SpecWorkflow) -> None:
    _, head, body = skill_file(workflow).split("---\n", 2)
    found = yaml.safe_load(head)
    assert list(found) == ["name", "description", "allowed-tools", "license", "compatibility", "metadata"]
    assert found["name"] == workflow.skill
    assert found["metadata"] == {"author": "openspec", "version": "1.0", "generatedBy": "1.13.2"}
    assert len(found["description"]) <= 1024
    assert "\n## Steps\n\n1. " in body


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.id)
# req: openspec-interop/6.1
def test_every_command_is_in_the_form_of_its_tool(tool: SpecTool) -> None:
    files = tool_files(tool, chosen_workflows(CORE), has_skills=True, has_commands=True)
    assert len(files) == (12 if tool.commands else 6)
    assert len(tool_files(tool, chosen_workflows(CORE), has_skills=False, has_commands=True)) == 6
    if not tool.commands:
        return
    text = command_file(tool, WORKFLOWS[0])
    if tool.form is CommandForm.TOML:
        assert set(tomllib.loads(text)) == {"description", "prompt"}
    elif tool.form not in (CommandForm.HEADING, CommandForm.BARE):
        assert yaml.safe_load(text.split("---\n", 2)[1])["description"] == WORKFLOWS[0].line


def test_there_are_forty_tools_and_no_two_write_the_same_command() -> None:
    assert len(TOOLS) == 40
    commands = [tool.commands for tool in TOOLS if tool.commands]
    assert len(set(commands)) == len(commands) == 30


# req: openspec-interop/1.1
def test_the_schema_that_comes_with_the_program_is_the_built_in_one() -> None:
    folder = Path(setsquare.__path__[0]) / "openspec_schemas" / BUILT_IN.name
    read = read_schema((folder / "schema.yaml").read_text("utf-8"))
    assert not isinstance(read, str)
    plain = [(item.id, item.generates, item.description, item.template, item.requires) for item in read.artifacts]
    assert plain == [(item.id, item.generates, item.description, item.template, item.requires) for item in BUILT_IN.artifacts]
    assert (read.name, read.version, read.description, read.apply_requires, read.tracks) == (
        BUILT_IN.name,
        BUILT_IN.version,
        BUILT_IN.description,
        BUILT_IN.apply_requires,
        BUILT_IN.tracks,
    )
    assert all(item.instruction for item in read.artifacts)
    heads = {
        "proposal.md": [
            "# Proposal",
            "## Why",
            "## What Changes",
            "## Capabilities",
            "### New Capabilities",
            "### Modified Capabilities",
            "## Impact",
        ],
        "design.md": ["# Design", "## Context", "## Goals / Non-Goals", "## Decisions", "## Risks / Trade-offs"],
    }
    for name, wanted in heads.items():
        assert [line for line in (folder / "templates" / name).read_text("utf-8").splitlines() if line.startswith("#")] == wanted


def test_the_configuration_of_a_new_project_is_read_without_a_warning() -> None:
    read = read_config(RelPath("openspec/config.yaml"), config_file("Spanish", has_cloud=False).decode())
    assert (read.schema, read.warnings, read.cloud_agent) == ("spec-driven", (), False)
    assert read.context.startswith("Language: Spanish\n")
    assert [yaml.safe_load(raw) for path, raw in CLOUD_FILES.items() if path.endswith(".yml")]
