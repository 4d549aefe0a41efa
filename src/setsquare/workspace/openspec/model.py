"""Holds what an `openspec/` folder says, with the lines that it was read from.

Text is the file's text without byte order mark and with LF line ends; lines count from 1 and are those of the file itself.
Paths start at the folder that holds `openspec/`. The values that come by the thousand are left out of garbage collection.

Source: the on-disk format of OpenSpec 1.13.2.
"""

from __future__ import annotations

import enum

from msgspec import Struct

from setsquare.text.paths import RelPath


class Operation(enum.Enum):
    """What a delta section does to the main spec."""

    ADDED = "ADDED"
    MODIFIED = "MODIFIED"
    REMOVED = "REMOVED"
    RENAMED = "RENAMED"


class Scenario(Struct, frozen=True, gc=False):
    """A header of level 4 and the text below it. `name` is without the label `Scenario:`; `body` is as written, trimmed, and may be empty."""

    name: str
    line: int
    body: str


class RequirementBlock(Struct, frozen=True, kw_only=True, gc=False):
    """One `### Requirement:` with everything below it.

    `raw` is the block as written, header line included, without white space at its end. `statement` are the body's lines before the first
    header, without metadata lines (`**Key**: …`) unless there is nothing else. `dropped` are scenarios that operations on scenarios have taken out on purpose;
    no file says so of a block that is written out.
    """

    name: str
    line: int
    raw: str
    statement: str
    scenarios: tuple[Scenario, ...] = ()
    dropped: tuple[str, ...] = ()


class MainSpec(Struct, frozen=True, kw_only=True):
    """A capability as it is: `openspec/specs/<id>/spec.md`. `purpose` and `has_requirements` are about the sections of those names.

    `has_misplaced` says that a delta header or a requirement outside of the section stands in it. `before` is the text up to and with the line `## Requirements`, `preamble` what stands between it and the first requirement, `after` what
    follows the section; `before`, `preamble`, the blocks' `raw` and `after` make up the file apart from blank lines.
    """

    id: str
    path: RelPath
    text: str
    title: str = ""
    purpose: str | None = None
    purpose_line: int = 0
    has_requirements: bool = False
    has_misplaced: bool = False
    before: str = ""
    preamble: str = ""
    requirements: tuple[RequirementBlock, ...] = ()
    after: str = ""


class NamedLine(Struct, frozen=True, gc=False):
    """A name and the line where it stands. `under` is the title of the section around it, empty above the first section."""

    name: str
    line: int
    under: str = ""


class Rename(Struct, frozen=True, gc=False):
    """A `FROM` and its `TO`; one of the two may be missing, which is a mistake (`None`)."""

    source: NamedLine | None
    target: NamedLine | None


class Delta(Struct, frozen=True, kw_only=True):
    """What a change does to one capability: `openspec/changes/<change>/specs/<capability>/spec.md`.

    `sections` are the operations whose section header is present, in file order, each once. `orphans` are requirement headers that stand in no delta section,
    `skipped` other headers of level 3 inside ADDED or MODIFIED.
    """

    capability: str
    path: RelPath
    text: str
    purpose: str | None = None
    sections: tuple[Operation, ...] = ()
    added: tuple[RequirementBlock, ...] = ()
    modified: tuple[RequirementBlock, ...] = ()
    removed: tuple[NamedLine, ...] = ()
    renamed: tuple[Rename, ...] = ()
    orphans: tuple[NamedLine, ...] = ()
    skipped: tuple[NamedLine, ...] = ()


class ChangeTask(Struct, frozen=True, gc=False):
    """A list item with a box. `id` is the number as written or empty; `group` the number of the `## N.` heading above it or empty."""

    id: str
    text: str
    line: int
    is_done: bool
    group: str = ""


class TaskList(Struct, frozen=True, kw_only=True):
    """A tracked task file. `first_item_line` is the first list item of a file that has items and no box, else 0."""

    path: RelPath
    tasks: tuple[ChangeTask, ...] = ()
    first_item_line: int = 0


class ChangeMetadata(Struct, frozen=True, kw_only=True):
    """What a change's `.openspec.yaml` says. `problem` is why it cannot be honoured, empty when it can; then the markers hold nothing.

    `named_markers` are the markers that the file names at all and does not switch off, honoured or not.
    """

    schema: str = ""
    created: str = ""
    goal: str = ""
    affected_areas: tuple[str, ...] = ()
    skips_specs: bool = False
    retires_capabilities: bool = False
    problem: str = ""
    named_markers: tuple[str, ...] = ()


class Proposal(Struct, frozen=True, kw_only=True):
    """A change's `proposal.md`. `why` and `what_changes` are the sections' texts, `None` where the section is missing.

    `bullets` are the simple deltas (`**spec:** description`) under *What Changes*: capability, operation, description.
    """

    path: RelPath
    title: str
    why: str | None = None
    what_changes: str | None = None
    bullets: tuple[tuple[str, Operation, str], ...] = ()


class Change(Struct, frozen=True, kw_only=True):
    """One folder directly below `openspec/changes` or `openspec/changes/archive`; `files` are all files in it, sorted.

    `strays` are the Markdown files below `specs/` that hold delta sections and are no capability's `spec.md`.
    """

    id: str
    path: RelPath
    files: tuple[RelPath, ...] = ()
    metadata: ChangeMetadata | None = None
    proposal: Proposal | None = None
    deltas: tuple[Delta, ...] = ()
    tasks: tuple[TaskList, ...] = ()
    is_archived: bool = False
    strays: tuple[RelPath, ...] = ()


class ProjectConfig(Struct, frozen=True, kw_only=True):
    """What `openspec/config.yaml` says; a field that is not as it should be is left out and named in `warnings`."""

    path: RelPath
    schema: str = ""
    context: str = ""
    rules: tuple[tuple[str, tuple[str, ...]], ...] = ()
    guidance: tuple[tuple[str, tuple[str, ...]], ...] = ()
    store: str = ""
    references: tuple[tuple[str, str], ...] = ()
    cloud_agent: bool | None = None
    warnings: tuple[str, ...] = ()


class SchemaArtifact(Struct, frozen=True, kw_only=True):
    """One artifact of a workflow schema: what it generates (a path or glob below the change), from which template, after which others."""

    id: str
    generates: str
    description: str
    template: str
    instruction: str = ""
    requires: tuple[str, ...] = ()


class WorkflowSchema(Struct, frozen=True, kw_only=True):
    """A workflow as a graph of artifacts. `apply_requires` are what must be done before the work begins; `tracks` names the task file."""

    name: str
    version: int
    description: str = ""
    artifacts: tuple[SchemaArtifact, ...] = ()
    apply_requires: tuple[str, ...] = ()
    tracks: str = ""
    apply_instruction: str = ""


class OpenSpecTree(Struct, frozen=True, kw_only=True):
    """One `openspec/` folder. `root` is the folder that holds it (empty for the workspace's own); everything is sorted by id."""

    root: RelPath = RelPath("")
    specs: tuple[MainSpec, ...] = ()
    changes: tuple[Change, ...] = ()
    archived: tuple[Change, ...] = ()
    config: ProjectConfig | None = None
    schemas: tuple[WorkflowSchema, ...] = ()
