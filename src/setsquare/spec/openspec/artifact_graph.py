"""Orders the artifacts of a workflow and says how far a change has come with them.

Source: `openspec status` 1.13.2, observed from outside.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Mapping

from msgspec import Struct

from setsquare.text.paths import RelPath
from setsquare.workspace.openspec.globs import glob_pattern
from setsquare.workspace.openspec.model import SchemaArtifact, WorkflowSchema

_GLOB_MARKS = frozenset("*?[]{}!")


class ArtifactStatus(enum.Enum):
    """How an artifact stands: it exists, it is not wanted, it can be written now, or others must come first."""

    DONE = "done"
    SKIPPED = "skipped"
    READY = "ready"
    BLOCKED = "blocked"


class ArtifactState(Struct, frozen=True, kw_only=True):
    """One artifact of a change. `outputs` are its files relative to the change; `missing` what must come first, in the schema's order."""

    artifact: SchemaArtifact
    status: ArtifactStatus
    outputs: tuple[RelPath, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def is_settled(self) -> bool:
        """Tell whether others need not wait for it."""
        return self.status in (ArtifactStatus.DONE, ArtifactStatus.SKIPPED)


def build_order(schema: WorkflowSchema) -> tuple[SchemaArtifact, ...]:
    """Order artifacts so that each comes after those that it requires; of several that could be next the one that stands first in the schema is.

    >>> def artifact(id: str, *requires: str) -> SchemaArtifact:
    ...     return SchemaArtifact(id=id, generates="a.md", description="", template="a.md", requires=requires)
    >>> schema = WorkflowSchema(name="s", version=1, artifacts=(artifact("tasks", "b"), artifact("b", "c"), artifact("a"), artifact("c")))
    >>> [item.id for item in build_order(schema)]
    ['a', 'c', 'b', 'tasks']
    """
    import heapq  # noqa: PLC0415  (start-up)

    place = {artifact.id: at for at, artifact in enumerate(schema.artifacts)}
    waits = {artifact.id: len(set(artifact.requires)) for artifact in schema.artifacts}
    waiting: dict[str, list[str]] = {}
    for artifact in schema.artifacts:
        for name in set(artifact.requires):
            waiting.setdefault(name, []).append(artifact.id)
    ready = [place[name] for name, count in waits.items() if not count]
    heapq.heapify(ready)
    order: list[SchemaArtifact] = []
    while ready:
        artifact = schema.artifacts[heapq.heappop(ready)]
        order.append(artifact)
        for name in waiting.get(artifact.id, ()):
            waits[name] -= 1
            if not waits[name]:
                heapq.heappush(ready, place[name])
    return tuple(order)


def artifact_states(schema: WorkflowSchema, files: Collection[RelPath], *, skips_specs: bool) -> tuple[ArtifactState, ...]:
    """Say how each artifact stands, in build order; `files` are those of the change, relative to it, sorted.

    >>> from setsquare.workspace.openspec.schema import BUILT_IN
    >>> [state.status.value for state in artifact_states(BUILT_IN, (RelPath("proposal.md"),), skips_specs=True)]
    ['done', 'skipped', 'ready', 'blocked']
    """
    order = build_order(schema)
    outputs = {artifact.id: output_files(artifact.generates, files) for artifact in order}
    skipped = {artifact.id for artifact in order if skips_specs and writes_specs(artifact) and not outputs[artifact.id]}
    settled = skipped | {name for name, found in outputs.items() if found}
    states = []
    for artifact in order:
        missing = tuple(other.id for other in schema.artifacts if other.id in artifact.requires and other.id not in settled)
        if outputs[artifact.id]:
            status, missing = ArtifactStatus.DONE, ()
        elif artifact.id in skipped:
            status, missing = ArtifactStatus.SKIPPED, ()
        else:
            status = ArtifactStatus.BLOCKED if missing else ArtifactStatus.READY
        states.append(ArtifactState(artifact=artifact, status=status, outputs=outputs[artifact.id], missing=missing))
    return tuple(states)


def output_files(generates: str, files: Iterable[RelPath]) -> tuple[RelPath, ...]:
    """Find the files that a path or glob stands for.

    >>> output_files("notes/*.md", (RelPath("notes/a.md"), RelPath("notes/.b.md"), RelPath("c.md")))
    ('notes/a.md',)
    """
    if not _GLOB_MARKS.intersection(generates):
        plain = generates.removeprefix("./")
        return tuple(file for file in files if file == plain)
    pattern = glob_pattern(generates)
    return tuple(file for file in files if pattern.fullmatch(file))


def writes_specs(artifact: SchemaArtifact) -> bool:
    """Tell whether an artifact is made of delta specs, so that a change without specs skips it.

    >>> writes_specs(SchemaArtifact(id="x", generates="./specs/*.md", description="", template=""))
    True
    """
    return artifact.generates.replace("\\", "/").removeprefix("./").startswith("specs/")


def unlocked_by(schema: WorkflowSchema, artifact_id: str) -> tuple[str, ...]:
    """Name the artifacts that require one, in the schema's order.

    >>> from setsquare.workspace.openspec.schema import BUILT_IN
    >>> unlocked_by(BUILT_IN, "proposal")
    ('specs', 'design')
    """
    return tuple(artifact.id for artifact in schema.artifacts if artifact_id in artifact.requires)


def unmet(schema: WorkflowSchema, states: tuple[ArtifactState, ...], wanted: Iterable[str]) -> tuple[str, ...]:
    """Name all artifacts, in build order, that are wanted or required on the way to them and are not settled.

    >>> from setsquare.workspace.openspec.schema import BUILT_IN
    >>> unmet(BUILT_IN, artifact_states(BUILT_IN, (RelPath("design.md"),), skips_specs=False), ("tasks",))
    ('proposal', 'specs', 'tasks')
    """
    requires: Mapping[str, tuple[str, ...]] = {artifact.id: artifact.requires for artifact in schema.artifacts}
    seen: set[str] = set()
    waiting = list(wanted)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += requires[name]
    return tuple(state.artifact.id for state in states if state.artifact.id in seen and not state.is_settled)
