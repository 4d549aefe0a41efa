"""Says whether a change can be applied, and what is to be done first.

Source: `openspec instructions apply` 1.13.2, observed from outside.
"""

from __future__ import annotations

import enum

from msgspec import Struct

from setsquare.spec.openspec.artifact_graph import ArtifactState, output_files, unmet
from setsquare.text.paths import RelPath
from setsquare.workspace.openspec.model import WorkflowSchema


class ApplyState(enum.Enum):
    """Whether the work can begin."""

    BLOCKED = "blocked"
    ALL_DONE = "all_done"
    READY = "ready"


class Applying(Struct, frozen=True, kw_only=True):
    """What an agent is told: `missing` are artifacts that must exist, `prerequisites` all that are not there on the way to them."""

    state: ApplyState
    instruction: str
    missing: tuple[str, ...] = ()
    prerequisites: tuple[str, ...] = ()


_ALL_DONE = "All tasks are done. The change can be archived.\nRun the tests and look through the changes before that."
_NO_TRACKING = "Everything that this change needs is written. Carry it out."
_WORK = (
    "Read the context files, work through the open tasks and set the box of each one when it is done.\nStop and ask when you cannot go on."
)


def applying(
    schema: WorkflowSchema, states: tuple[ArtifactState, ...], change: str, *, has_tracked: bool, counted: tuple[int, int]
) -> Applying:
    """Judge a change; `has_tracked` says that a task file exists, `counted` are the done and all tasks of them.

    >>> from setsquare.spec.openspec.artifact_graph import artifact_states
    >>> from setsquare.workspace.openspec.schema import BUILT_IN
    >>> states = artifact_states(BUILT_IN, (RelPath("proposal.md"),), skips_specs=True)
    >>> found = applying(BUILT_IN, states, "c", has_tracked=False, counted=(0, 0))
    >>> found.state.value, found.missing, found.prerequisites
    ('blocked', ('tasks',), ('design', 'tasks'))
    """
    by_id = {state.artifact.id: state for state in states}
    wanted = schema.apply_requires or tuple(artifact.id for artifact in schema.artifacts)
    missing = tuple(name for name in wanted if not by_id[name].is_settled)
    before = unmet(schema, states, wanted)
    done, total = counted
    if missing:
        told = _blocked(missing, before, change)
        return Applying(state=ApplyState.BLOCKED, instruction=told, missing=missing, prerequisites=before)
    if schema.tracks and not total:
        return Applying(state=ApplyState.BLOCKED, instruction=_untracked(schema, change, has_tracked=has_tracked), prerequisites=before)
    if schema.tracks and done == total:
        return Applying(state=ApplyState.ALL_DONE, instruction=_ALL_DONE, prerequisites=before)
    own = schema.apply_instruction.strip()
    return Applying(state=ApplyState.READY, instruction=own or (_WORK if schema.tracks else _NO_TRACKING), prerequisites=before)


def tracked_files(schema: WorkflowSchema, files: tuple[RelPath, ...]) -> tuple[RelPath, ...]:
    """Name the task files among those of a change, as its schema says.

    >>> from setsquare.workspace.openspec.schema import BUILT_IN
    >>> tracked_files(BUILT_IN, (RelPath("proposal.md"), RelPath("tasks.md")))
    ('tasks.md',)
    """
    return output_files(schema.tracks, files) if schema.tracks else ()


def _blocked(missing: tuple[str, ...], before: tuple[str, ...], change: str) -> str:
    lines = [f"Cannot apply this change yet. Missing artifacts: {', '.join(missing)}."]
    if set(before) != set(missing):
        told = "Build the ones this change needs before applying - the schema says which are conditional."
        lines.append(f"Not created yet, in build order: {', '.join(before)}. {told}")
    return "\n".join([*lines, _create(before, change)])


def _create(names: tuple[str, ...], change: str) -> str:
    each = f"Create it with `openspec instructions {names[0]}" if len(names) == 1 else "Create each with `openspec instructions <artifact>"
    return f"{each} --change {change}` (`openspec status --change {change}` shows what is left)."


def _untracked(schema: WorkflowSchema, change: str, *, has_tracked: bool) -> str:
    """Say that there is no task to work on."""
    name = schema.tracks.rpartition("/")[2]
    owner = next((artifact.id for artifact in schema.artifacts if artifact.generates == schema.tracks), "<artifact>")
    create = _create((owner,), change)
    if not has_tracked:
        return f"The {name} file is missing and must be created.\n{create}"
    return f"The {name} file exists but contains no tasks to work on.\nAdd tasks to {name}, or rebuild it: {create}"
