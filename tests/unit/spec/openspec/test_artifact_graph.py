"""The order of artifacts, how they stand, and when a change can be applied."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsquare.spec.openspec.applying import applying, tracked_files
from setsquare.spec.openspec.artifact_graph import (
    ArtifactStatus,
    artifact_states,
    build_order,
    output_files,
    unlocked_by,
    unmet,
    writes_specs,
)
from setsquare.spec.openspec.change_names import named_problem, new_name_problem
from setsquare.spec.openspec.yaml_writing import yaml_scalar
from setsquare.text.paths import RelPath
from setsquare.workspace.openspec.model import SchemaArtifact, WorkflowSchema
from setsquare.workspace.openspec.schema import BUILT_IN, read_schema
from setsquare.workspace.openspec.yaml_values import read_yaml


def artifact(name: str, *requires: str, generates: str = "") -> SchemaArtifact:
    return SchemaArtifact(id=name, generates=generates or f"{name}.md", description="d", template="t.md", requires=requires)


def schema(*artifacts: SchemaArtifact, apply: tuple[str, ...] = (), tracks: str = "") -> WorkflowSchema:
    return WorkflowSchema(name="s", version=1, artifacts=artifacts, apply_requires=apply, tracks=tracks)


GRAPH = schema(
    artifact("m", "k", "b"), artifact("z"), artifact("b", "z"), artifact("k"), artifact("c", "z"), artifact("a"), apply=("c", "m")
)


# req: openspec-interop/2.3
def test_of_artifacts_that_could_be_next_the_first_of_the_schema_is() -> None:
    assert [item.id for item in build_order(GRAPH)] == ["z", "b", "k", "m", "c", "a"]
    states = {state.artifact.id: state for state in artifact_states(GRAPH, (), skips_specs=False)}
    assert states["m"].missing == ("b", "k")
    assert states["z"].status is ArtifactStatus.READY
    turned = schema(artifact("d", "c", "a", "b"), artifact("c", "a", "b"), artifact("a"), artifact("b", "a"))
    assert artifact_states(turned, (), skips_specs=False)[-1].missing == ("c", "a", "b")
    assert unlocked_by(GRAPH, "z") == ("b", "c")
    assert unmet(GRAPH, tuple(states.values()), ("c", "m")) == ("z", "b", "k", "m", "c")


@given(st.data())
def test_every_artifact_comes_once_and_after_what_it_requires(data: st.DataObject) -> None:
    names = [f"a{at}" for at in range(data.draw(st.integers(1, 9)))]
    shuffled = data.draw(st.permutations(names))
    made = [artifact(name, *data.draw(st.lists(st.sampled_from(names[:at]), max_size=3)) if at else ()) for at, name in enumerate(names)]
    order = [item.id for item in build_order(schema(*(made[names.index(name)] for name in shuffled)))]
    assert sorted(order) == sorted(names)
    assert all(order.index(before) < order.index(item.id) for item in made for before in item.requires)


def test_an_artifact_that_exists_is_done_whatever_it_requires() -> None:
    found = artifact_states(BUILT_IN, (RelPath("tasks.md"),), skips_specs=False)
    assert [state.status.value for state in found] == ["ready", "blocked", "blocked", "done"]


def test_specs_are_skipped_only_where_there_are_none() -> None:
    files = (RelPath("specs/a/spec.md"),)
    assert [state.status.value for state in artifact_states(BUILT_IN, files, skips_specs=True)] == ["ready", "done", "blocked", "blocked"]
    own = schema(artifact("specs", generates="foo.md"), artifact("other", generates="./specs/x.md"), artifact("c", generates="**/spec.md"))
    assert [state.status.value for state in artifact_states(own, (), skips_specs=True)] == ["ready", "skipped", "ready"]
    assert [writes_specs(item) for item in own.artifacts] == [False, True, False]


@pytest.mark.parametrize(
    ("generates", "expected"),
    [
        ("tasks.md", ["tasks.md"]),
        ("./tasks.md", ["tasks.md"]),
        ("todo/*.md", ["todo/a.md"]),
        ("**/*.md", ["tasks.md", "todo/a.md", "todo/x/b.md"]),
        ("{tasks,none}.md", ["tasks.md"]),
        ("todo", []),
    ],
)
def test_files_of_an_artifact(generates: str, expected: list[str]) -> None:
    files = tuple(RelPath(path) for path in ("tasks.md", "todo/.h.md", "todo/a.md", "todo/c.txt", "todo/x/b.md"))
    assert list(output_files(generates, files)) == expected


@pytest.mark.parametrize(
    ("files", "counted", "state", "said"),
    [
        (("proposal.md",), (0, 0), "blocked", "Missing artifacts: tasks."),
        (("proposal.md", "design.md", "specs/a/spec.md", "tasks.md"), (0, 0), "blocked", "contains no tasks"),
        (("proposal.md", "design.md", "specs/a/spec.md", "tasks.md"), (2, 2), "all_done", ""),
        (("tasks.md",), (1, 2), "ready", ""),
    ],
)
def test_whether_a_change_can_be_applied(files: tuple[str, ...], counted: tuple[int, int], state: str, said: str) -> None:
    paths = tuple(RelPath(path) for path in sorted(files))
    found = applying(
        BUILT_IN,
        artifact_states(BUILT_IN, paths, skips_specs=False),
        "c",
        has_tracked=bool(tracked_files(BUILT_IN, paths)),
        counted=counted,
    )
    assert found.state.value == state
    assert said in found.instruction


def test_a_tracked_file_that_is_no_artifact_has_no_instruction_of_its_own() -> None:
    own = schema(artifact("a"), apply=("a",), tracks="t.md")
    found = applying(own, artifact_states(own, (RelPath("a.md"),), skips_specs=False), "c", has_tracked=False, counted=(0, 0))
    assert found.instruction.startswith(
        "The t.md file is missing and must be created.\nCreate it with `openspec instructions <artifact> --change c`"
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a--b-", "cannot end with a hyphen"),
        ("-a--b", "cannot start with a hyphen"),
        ("a_b--c", "cannot contain underscores (use hyphens instead)"),
        ("a b_c", "cannot contain spaces (use hyphens instead)"),
        ("a--b", "cannot contain consecutive hyphens"),
        ("a" * 201, "is too long (200 characters max)"),
        ("../a", "can only contain lowercase letters, numbers, and hyphens"),
        ("é", "can only contain lowercase letters, numbers, and hyphens"),
    ],
)
def test_names_that_a_new_change_cannot_have(name: str, said: str) -> None:
    assert new_name_problem(name) == f"Change name {said}"


@pytest.mark.parametrize("name", [".", "..", "a/b", "a\\b", "archive", ".x"])
def test_names_that_no_change_has(name: str) -> None:
    assert named_problem(name).startswith(f"Invalid change name '{name}': ")


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=60))
def test_what_is_written_is_read_back(text: str) -> None:
    if any(
        (ord(letter) < 32 and letter not in "\t\n\r") or ord(letter) == 0xFFFE or ord(letter) == 0xFFFF or 0x7F <= ord(letter) < 0xA0
        for letter in text
    ):
        return
    assert read_yaml(f"goal: {yaml_scalar(text)}\n")["goal"] == text


# req: openspec-interop/2.1
def test_everything_that_is_wrong_with_a_schema_is_said_at_once() -> None:
    text = 'version: 0\nartifacts:\n- {id: "", generates: ../a.md, template: /a.md, requires: x}\napply: {requires: [], tracks: ../x}\n'
    assert read_schema(text) == (
        "Invalid schema: name: Invalid input: expected string, received undefined, version: Version must be a positive integer, "
        "artifacts.0.id: Artifact ID is required, artifacts.0.generates: generates field must be a relative path inside its allowed directory, "
        "artifacts.0.description: Invalid input: expected string, received undefined, "
        "artifacts.0.template: template field must be a relative path inside its allowed directory, "
        "artifacts.0.requires: Invalid input: expected array, received string, apply.requires: At least one required artifact, "
        "apply.tracks: apply.tracks must be a relative path inside its allowed directory"
    )
    base = "name: s\nversion: 1\nartifacts:\n- {id: a, generates: a, description: d, template: t, requires: [b]}\n"
    assert read_schema(base) == "Invalid dependency reference in artifact 'a': 'b' does not exist"
    assert (
        read_schema(f"{base}- {{id: b, generates: b, description: d, template: t, requires: [a]}}\n")
        == "Cyclic dependency detected: a → b → a"
    )
