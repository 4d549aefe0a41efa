"""Every file of every tool is as its tool documents it, and names only commands and results that exist."""

from __future__ import annotations

import re
import shlex
import tomllib

import click
import pytest
import yaml

from setsquare.integrations.rendering import Rendered, rendered
from setsquare.integrations.stamp import FileState, state_of
from setsquare.integrations.texts import GUARD, NEVER, READING
from setsquare.integrations.tool import Format, Kind
from setsquare.integrations.tools import TOOLS
from setsquare.integrations.validating import problems
from setsquare.integrations.workflows import WORKFLOWS
from setsquare.surfaces.cli.entry import group
from setsquare.surfaces.cli.loading import COMMANDS, SCHEMAS

FILES = {f"{tool.id}:{file.path}": file for tool in TOOLS for file in rendered(tool, "1.2.3")}
CODE = re.compile(r"`([^`\n]+)`")


def front_matter(text: str) -> dict[str, object]:
    assert text.startswith("---\n")
    value = yaml.safe_load(text.split("---\n")[1])
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize("file", FILES.values(), ids=FILES)
def test_each_file_is_valid_stamped_and_current(file: Rendered) -> None:
    assert problems(file) == ()
    assert file.text.endswith("\n")
    if file.form.kind is not Kind.BLOCK:
        assert state_of(file.text, file.text.encode(), file.form.format, "1.2.3")[0] is FileState.CURRENT
        assert "1.2.3" in file.text


@pytest.mark.parametrize("file", [file for file in FILES.values() if file.form.format is Format.SKILL], ids=lambda file: file.path)
def test_a_skill_has_the_name_of_its_folder_and_texts_as_metadata(file: Rendered) -> None:
    fields = front_matter(file.text)
    assert fields["name"] == file.path.split("/")[-2]
    metadata = fields["metadata"]
    assert isinstance(metadata, dict)
    assert (metadata["generated-by"], metadata["version"], set(metadata)) == ("setsquare", "1.2.3", {"generated-by", "version", "digest"})
    assert "Use " in str(fields["description"]), "a model chooses by what it says of when"
    assert "allowed-tools" not in fields, "approving must not be permitted beforehand"


@pytest.mark.parametrize("file", [file for file in FILES.values() if file.workflow], ids=lambda file: file.path)
def test_every_workflow_says_what_must_not_be_done_and_how_results_are_read(file: Rendered) -> None:
    text = tomllib.loads(file.text)["prompt"] if file.form.format is Format.TOML else file.text
    steps = next(item.steps for item in WORKFLOWS if item.id == file.workflow)
    assert all(part in text for part in (steps, NEVER, READING))
    if file.form.argument:
        assert text.count(file.form.argument) == 1


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.id)
def test_each_tool_gets_every_workflow_and_no_two_files_in_one_place(tool) -> None:
    files = rendered(tool, "1.2.3")
    for form in tool.forms:
        if form.is_for_each_workflow:
            assert [file.workflow for file in files if file.form is form] == [item.id for item in WORKFLOWS]
            assert all(file.path.startswith(f"{form.folder}/") for file in files if file.form is form)
    folded = [file.path.casefold() for file in files]
    assert len(folded) == len(set(folded))
    assert not any("opsx" in path or "openspec" in path for path in folded)
    assert all(form.source.url.startswith("https://") and re.fullmatch(r"\d{4}-\d\d-\d\d", form.source.read_on) for form in tool.forms)


def test_files_that_tools_share_say_the_same() -> None:
    seen: dict[str, str] = {}
    for tool in TOOLS:
        for file in rendered(tool, "1.2.3"):
            assert seen.setdefault(file.path, file.text) == file.text


def commands() -> list[str]:
    """Every command line that the texts tell somebody to type."""
    texts = [NEVER, READING, GUARD, *(item.steps for item in WORKFLOWS)]
    return sorted({code for text in texts for code in CODE.findall(text) if code.startswith("setsquare ")})


@pytest.mark.parametrize("line", commands())
def test_each_command_that_is_named_exists_with_its_options(line: str) -> None:
    words = shlex.split(line)[1:]
    found: click.Command = group
    context = click.Context(group, info_name="setsquare")
    if words[0] in {"migrate", "convert"} and words[0] not in COMMANDS:
        pytest.skip(f"`{words[0]}` is not in this version's table")
    while isinstance(found, click.Group) and words and not words[0].startswith("-"):
        following = found.get_command(context, words[0])
        assert following is not None, words
        found = following
        words = words[1:]
    known = {option for param in found.params for option in (*param.opts, *param.secondary_opts)} | {"--help"}
    assert [word for word in words if word.startswith("--") and word not in known] == []


def test_the_names_of_results_that_are_named_exist() -> None:
    from setsquare.surfaces.cli.loading import result_type

    cited = {
        "status": {"specs", "next"},
        "check": {"findings"},
        "impact": {"specs"},
        "run": {"status", "code", "reason", "hint", "done"},
        "evidence": {"evidence"},
        "trace-status": {"states"},
        "ears-parse": {"pattern"},
    }
    for name, fields in cited.items():
        assert name in SCHEMAS
        assert fields <= set(result_type(name).__struct_fields__), name
    from setsquare.surfaces.cli.evidence import SeenResult
    from setsquare.surfaces.cli.impact import Reached
    from setsquare.surfaces.cli.impact import SpecResult as Affected
    from setsquare.surfaces.cli.report.json import FoundResult
    from setsquare.surfaces.cli.status import SpecResult

    assert {"code", "severity", "path", "line", "message", "hint", "fixable"} <= set(FoundResult.__struct_fields__)
    assert {"next", "stale", "open_run", "requirements", "design"} <= set(SpecResult.__struct_fields__)
    assert "affected" in Affected.__struct_fields__
    assert {"kind", "name", "effect", "reason"} <= set(Reached.__struct_fields__)
    assert {"command", "exit", "commit", "is_current"} <= set(SeenResult.__struct_fields__)
