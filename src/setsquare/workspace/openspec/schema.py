"""Reads a workflow schema, and holds the one that is always there.

Source: the schema reader of OpenSpec 1.13.2, observed from outside.
"""

from __future__ import annotations

from collections.abc import Mapping

from setsquare.workspace.openspec.model import SchemaArtifact, WorkflowSchema
from setsquare.workspace.openspec.schema_problems import schema_problem
from setsquare.workspace.openspec.yaml_values import Value, read_yaml

BUILT_IN_NAME = "spec-driven"
BUILT_IN = WorkflowSchema(
    name=BUILT_IN_NAME,
    version=1,
    description="Propose, specify, design, list the tasks, apply.",
    artifacts=(
        SchemaArtifact(
            id="proposal", generates="proposal.md", description="Why the change is made and what it touches", template="proposal.md"
        ),
        SchemaArtifact(
            id="specs",
            generates="specs/**/*.md",
            description="What the system shall do after it",
            template="spec.md",
            requires=("proposal",),
        ),
        SchemaArtifact(
            id="design", generates="design.md", description="How it is done, and why so", template="design.md", requires=("proposal",)
        ),
        SchemaArtifact(
            id="tasks", generates="tasks.md", description="The steps, each with a box", template="tasks.md", requires=("specs", "design")
        ),
    ),
    apply_requires=("tasks",),
    tracks="tasks.md",
)
"""The schema `spec-driven`, version 1."""

NOT_YAML = "Parse error: "
"""How the problem of a text begins that is no YAML."""


def read_schema(text: str) -> WorkflowSchema | str:
    r"""Read a schema, or say what is wrong with it.

    >>> read_schema("name: x\nversion: 0\n")
    'Invalid schema: version: Version must be a positive integer, artifacts: Invalid input: expected array, received undefined'
    >>> read_schema("name: x\nversion: 1\nartifacts:\n- {id: a, generates: a.md, description: d, template: a.md}\n").artifacts[0].generates
    'a.md'
    """
    try:
        value = read_yaml(text)
    except ValueError as error:
        return f"{NOT_YAML}{error}"
    return schema_problem(value) or _built(value)


def _built(value: Mapping[str, Value]) -> WorkflowSchema:
    apply = value.get("apply") or {}
    return WorkflowSchema(
        name=value["name"],
        version=value["version"],
        description=_text(value, "description"),
        artifacts=tuple(
            SchemaArtifact(
                id=artifact["id"],
                generates=artifact["generates"],
                description=artifact["description"],
                template=artifact["template"],
                instruction=_text(artifact, "instruction"),
                requires=tuple(artifact.get("requires", [])),
            )
            for artifact in value["artifacts"]
        ),
        apply_requires=tuple(apply.get("requires", ())),
        tracks=_text(apply, "tracks"),
        apply_instruction=_text(apply, "instruction"),
    )


def _text(value: Mapping[str, Value], key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""
