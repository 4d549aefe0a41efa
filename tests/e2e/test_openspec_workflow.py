"""`setsquare openspec status`, `instructions`, `new change`, `templates`, `schemas`, `schema`: answers of OpenSpec 1.13.2, by its keys and codes."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from tests.e2e.planning import OpenSpec, files_of, lay

pytestmark = pytest.mark.usefixtures("project")

OWN = """\
name: own
version: 2
description: Own flow
artifacts:
  - {id: zeta, generates: z.md, description: zed, template: z.md, instruction: do zeta}
  - {id: alpha, generates: "notes/**/*.md", description: al, template: z.md, requires: [zeta]}
  - {id: beta, generates: b.md, description: be, template: missing.md, requires: [zeta]}
  - {id: tasks, generates: todo/*.md, description: t, template: z.md, requires: [beta, alpha]}
apply: {requires: [tasks, zeta], tracks: todo/*.md, instruction: Work on it.}
"""
CONFIG = "context: |\n  Python\nrules: {proposal: [Short], bogus: [x]}\noperations: {apply: {guidance: [Careful]}, archive: {guidance: [Sum up]}}\n"


@pytest.fixture
def project(own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that is the current folder."""
    assert own_home.parent == tmp_path
    lay(tmp_path / "project", {"openspec/specs/a/spec.md": "# a\n", "openspec/config.yaml": CONFIG})
    lay(tmp_path / "project/openspec/schemas/own", {"schema.yaml": OWN, "templates/z.md": "Z\n"})
    monkeypatch.chdir(tmp_path / "project")
    return (tmp_path / "project").resolve()


# req: openspec-interop/2.3
def test_status_in_json(openspec: OpenSpec, project: Path) -> None:
    change = project / "openspec/changes/c"
    lay(change, {"proposal.md": "p", "specs/a/spec.md": "x", "tasks.md": "- [ ] 1.1 a\n"})
    found = openspec("status", "--change", "c", "--json").document
    assert list(found) == [
        "changeName", "schemaName", "planningHome", "changeRoot", "artifactPaths", "isPlanningComplete", "isComplete", "applyRequires",
        "nextSteps", "actionContext", "artifacts", "root",
    ]  # fmt: skip
    assert found["artifactPaths"]["specs"] == {
        "outputPath": "specs/**/*.md",
        "resolvedOutputPath": f"{change}/specs/**/*.md",
        "existingOutputPaths": [f"{change}/specs/a/spec.md"],
    }
    assert [item["status"] for item in found["artifacts"]] == ["done", "done", "ready", "done"]
    assert found["nextSteps"] == ['Run openspec instructions design --change "c" --json before writing that artifact.']
    assert found["root"] == {"path": str(project), "source": "nearest"}


def test_status_of_all_names_every_change_and_fails_for_one(openspec: OpenSpec, project: Path) -> None:
    changes = project / "openspec/changes"
    lay(
        changes,
        {
            "good/proposal.md": "p",
            "bad/.openspec.yaml": "schema: nope\n",
            "wrap/in/proposal.md": "p",
            "wrong/.openspec.yaml": "schema: 3\n",
        },
    )
    ran = openspec("status", "--all", "--json")
    assert ran.code == 1
    by_name = {item["changeName"]: item for item in ran.document["changes"]}
    assert by_name["bad"]["status"][0]["message"] == "Unknown schema 'nope'. Available: own, spec-driven"
    assert by_name["wrap"]["status"][0]["message"].startswith('"wrap" is not a change: it is a folder wrapping openspec/changes/wrap/in/.')
    assert by_name["wrong"]["status"][0]["message"].startswith('Invalid metadata: [\n  {\n    "expected": "string",')
    assert "status" not in by_name["good"]
    text = openspec("status", "--all").out
    assert "Change: good\nSchema: spec-driven\n" in text
    assert "✗ bad: Unknown schema 'nope'." in text


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["status"], "Missing required option --change (or --all for every active change). Available changes:\n  c"),
        (["status", "--change", "d"], "Change 'd' not found. Available changes:\n  c"),
        (["status", "--change", "../c"], "Invalid change name '../c': Change name cannot contain path separators"),
        (["status", "--change", "c", "--schema", "x"], "Schema 'x' not found. Available schemas:\n  own\n  spec-driven"),
        (["instructions", "proposal"], "Missing required option --change. Available changes:\n  c"),
        (
            ["instructions", "--change", "c"],
            "Missing required argument <artifact>. Valid artifacts:\n  proposal\n  specs\n  design\n  tasks",
        ),
        (
            ["instructions", "x", "--change", "c"],
            "Artifact 'x' not found in schema 'spec-driven'. Valid artifacts:\n  proposal\n  specs\n  design\n  tasks",
        ),
    ],
)
# req: openspec-interop/2.2, openspec-interop/2.5
def test_what_is_refused(openspec: OpenSpec, project: Path, argv: list[str], message: str) -> None:
    lay(project / "openspec/changes/c", {"proposal.md": "p"})
    ran = openspec(*argv, "--json")
    assert (ran.code, ran.document) == (1, {"status": [{"severity": "error", "code": "change_error", "message": message}]})
    plain = openspec(*argv)
    assert (plain.code, plain.out, plain.err) == (1, "", f"✖ Error: {message}\n")


def test_a_link_is_no_change(openspec: OpenSpec, project: Path, tmp_path: Path) -> None:
    lay(tmp_path / "secret", {"proposal.md": "p"})
    (project / "openspec/changes").mkdir()
    os.symlink(tmp_path / "secret", project / "openspec/changes/c")
    assert openspec("status", "--change", "c").code == 1
    assert openspec("new", "change", "c").code == 1
    assert os.readlink(project / "openspec/changes/c") == str(tmp_path / "secret")


def test_instructions_for_an_artifact(openspec: OpenSpec, project: Path) -> None:
    lay(project / "openspec/changes/c", {".openspec.yaml": "schema: spec-driven\nskip_specs: true\n"})
    ran = openspec("instructions", "proposal", "--change", "c", "--json")
    assert ran.document["rules"] == ["Short"]
    assert ran.document["context"] == "Python"
    assert ran.document["template"].startswith("# Proposal\n\n## Why\n")
    assert 'Unknown artifact ID in rules: "bogus".' in ran.err
    tasks = openspec("instructions", "tasks", "--change", "c", "--json").document
    assert [(item["id"], item["done"], item.get("skipped")) for item in tasks["dependencies"]] == [
        ("specs", True, True),
        ("design", False, None),
    ]
    text = openspec("instructions", "tasks", "--change", "c").out
    assert text.startswith('<artifact id="tasks" change="c" schema="spec-driven">\n\n<warning>\n')
    assert '<dependency id="design" status="missing">' in text
    specs = openspec("instructions", "specs", "--change", "c", "--json").document
    assert specs["skipped"] is True
    assert "skip_specs" in specs["warning"]


def test_instructions_by_an_own_schema(openspec: OpenSpec, project: Path) -> None:
    lay(
        project / "openspec/changes/c",
        {".openspec.yaml": "schema: own\n", "z.md": "z", "todo/b.md": "- [ ] t1\n", "todo/a.md": "1. [X] t0\n"},
    )
    found = openspec("instructions", "apply", "--change", "c", "--json").document
    assert (found["state"], found["progress"]) == ("ready", {"total": 2, "complete": 1, "remaining": 1})
    assert found["tasks"] == [{"id": "1", "description": "t0", "done": True}, {"id": "2", "description": "t1", "done": False}]
    assert found["missingPrerequisites"] == ["alpha", "beta"]
    assert (found["instruction"], found["operationGuidance"], found["context"]) == ("Work on it.", ["Careful"], "Python\n")
    beta = openspec("instructions", "beta", "--change", "c", "--json")
    assert beta.document["status"][0]["message"] == f"Template not found: {project}/openspec/schemas/own/templates/missing.md"
    archive = openspec("instructions", "archive", "--change", "c", "--json").document
    assert list(archive) == ["changeName", "context", "operationGuidance", "root"]


# req: openspec-interop/2.3
def test_a_new_change(openspec: OpenSpec, project: Path) -> None:
    ran = openspec("new", "change", "add-a", "--json", "--goal", "a: b", "--description", "Hello")
    path = f"{project}/openspec/changes/add-a"
    assert ran.document["change"] == {"id": "add-a", "path": path, "metadataPath": f"{path}/.openspec.yaml", "schema": "spec-driven"}
    lines = (Path(path) / ".openspec.yaml").read_text().splitlines()
    assert [lines[0], lines[2]] == ["schema: spec-driven", 'goal: "a: b"']
    assert (Path(path) / "README.md").read_text() == "# add-a\n\nHello\n"
    before = files_of(project)
    for argv, said in (
        (["add-a"], f"Change 'add-a' already exists at {path}"),
        (["Add"], "Change name must be lowercase (use kebab-case)"),
        (["b", "--schema", "nope"], "Schema 'nope' not found. Available schemas:\n  own\n  spec-driven"),
    ):
        ran = openspec("new", "change", *argv, "--json")
        assert (ran.code, ran.document["change"], ran.document["status"][0]["message"]) == (1, None, said)
    assert files_of(project) == before
    assert openspec("new", "change", "x", "--areas", "y", "--json").document["status"][0]["code"] == "areas_option_removed"
    assert openspec("new", "change", "b", "--schema", "own").out.startswith("Created change 'b' at openspec/changes/b/\nSchema: own\n")
    assert "skip_specs: true\n" in (project / "openspec/changes/b/.openspec.yaml").read_text()


# req: openspec-interop/2.3
def test_a_new_change_brings_a_configuration_where_there_is_none_and_the_date_of_this_place(
    openspec: OpenSpec, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dates = []
    try:
        for zone, name in (("XXX-14", "a"), ("XXX+12", "b")):
            monkeypatch.setenv("TZ", zone)
            time.tzset()
            assert openspec("new", "change", name).code == 0
            dates.append((project / f"openspec/changes/{name}/.openspec.yaml").read_text().splitlines()[1])
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()
    assert dates[0] > dates[1], "the two places are 26 hours apart"
    config = project / "openspec/config.yaml"
    assert config.read_text() == CONFIG
    config.rename(config.with_suffix(".yml"))
    assert openspec("new", "change", "c").code == 0
    assert not config.exists(), "one of the other name is one"
    config.with_suffix(".yml").unlink()
    assert openspec("new", "change", "d").code == 0
    assert config.read_text() == "schema: spec-driven\n"


def test_schemas_of_the_project_hide_those_of_the_person(openspec: OpenSpec, project: Path, tmp_path: Path) -> None:
    lay(
        tmp_path / "home/data/openspec/schemas", {"own/schema.yaml": OWN, "spec-driven/schema.yaml": OWN, "broken/schema.yaml": "name: [\n"}
    )
    assert [(item["name"], item["source"]) for item in openspec("schemas", "--json").document] == [
        ("own", "project"),
        ("spec-driven", "user"),
    ]
    which = openspec("schema", "which", "spec-driven", "--json").document
    assert (which["source"], [item["source"] for item in which["shadows"]]) == ("user", ["package"])
    assert [item["name"] for item in openspec("schema", "which", "--all", "--json").document] == ["broken", "own", "spec-driven"]
    templates = openspec("templates", "--schema", "own", "--json").document
    assert templates["zeta"] == {"path": f"{project}/openspec/schemas/own/templates/z.md", "source": "project"}
    found = openspec("schema", "validate", "own", "--json")
    assert (found.code, [item["path"] for item in found.document["issues"]]) == (1, ["artifacts.beta.template"])
    assert openspec("schema", "validate", "../own", "--json").document["error"] == "Schema '../own' not found"


def test_a_schema_is_copied_and_made(openspec: OpenSpec, project: Path) -> None:
    made = openspec("schema", "fork", "spec-driven", "--json").document
    assert (made["forked"], made["destination"]) == (True, "spec-driven-custom")
    assert openspec("schema", "validate", "spec-driven-custom").code == 0
    schemas = project / "openspec/schemas"
    assert (schemas / "spec-driven-custom/schema.yaml").read_text().startswith("name: spec-driven-custom\nversion: 1\n")
    again = openspec("schema", "fork", "spec-driven", "--json")
    assert (again.code, again.document["suggestion"]) == (1, "Use --force to overwrite")
    assert openspec("schema", "init", "flow", "--artifacts", "tasks,proposal", "--default", "--json").document["setAsDefault"] is True
    assert (project / "openspec/config.yaml").read_text() == f"schema: flow\n{CONFIG}"
    lay(schemas / "flow", {"templates/old.md": "x"})
    assert openspec("schema", "init", "flow", "--artifacts", "design", "--force").code == 0
    assert sorted(files_of(schemas / "flow")) == ["schema.yaml", "templates/design.md"]
    (schemas / "flow/schema.yaml").unlink()  # as when writing was cut off: the schema's own file comes last
    assert openspec("schema", "init", "flow").code == 0
    assert openspec("schema", "validate", "flow").code == 0
    assert openspec("schema", "init", "x", "--artifacts", "proposal,y", "--json").document["valid"] == [
        "proposal",
        "specs",
        "design",
        "tasks",
    ]
    assert openspec("schema", "init", "../x", "--json").code == 1
    assert not (project / "openspec/x").exists()


def test_a_template_that_leads_out_is_not_read(openspec: OpenSpec, project: Path, tmp_path: Path) -> None:
    lay(tmp_path, {"secret.md": "SECRET"})
    lay(project / "openspec/changes/c", {".openspec.yaml": "schema: own\n"})
    template = project / "openspec/schemas/own/templates/z.md"
    template.unlink()
    os.symlink(tmp_path / "secret.md", template)
    ran = openspec("instructions", "zeta", "--change", "c", "--json")
    assert (ran.code, ran.document["status"][0]["message"]) == (1, f"Path is outside the allowed directory: {template}")
    issues = openspec("schema", "validate", "own", "--json").document["issues"]
    assert issues[0]["message"] == "Template file 'z.md' points outside the schema templates directory"
    assert openspec("schema", "fork", "own", "--json").document["forked"] is False
    assert not (project / "openspec/schemas/own-custom").exists()


# req: openspec-interop/2.1
def test_a_new_change_makes_the_root_that_openspec_makes(openspec: OpenSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The two folders of a root come too, empty as they are; where there was no root at all it is said."""
    for name, has_folder in (("none", False), ("bare", True)):
        place = tmp_path / name
        (place / ("openspec" if has_folder else "")).mkdir(parents=True, exist_ok=True)
        monkeypatch.chdir(place)
        ran = openspec("new", "change", "add-a")
        assert ran.code == 0
        assert ("no OpenSpec root was found here" in ran.out) is True
        assert sorted(path.relative_to(place).as_posix() for path in place.rglob("*")) == [
            "openspec",
            "openspec/changes",
            "openspec/changes/add-a",
            "openspec/changes/add-a/.openspec.yaml",
            "openspec/changes/archive",
            "openspec/config.yaml",
            "openspec/specs",
        ]
    assert "no OpenSpec root" not in openspec("new", "change", "add-b").out


# req: openspec-interop/2.3
def test_status_of_all_has_the_order_of_the_list(openspec: OpenSpec, project: Path) -> None:
    lay(project / "openspec/changes", {f"{name}/proposal.md": "p" for name in ("B", "a", "_z", "C-x", "c", "10", "9")})
    found = [item["changeName"] for item in openspec("status", "--all", "--json").document["changes"]]
    assert found == ["_z", "10", "9", "a", "B", "c", "C-x"]
