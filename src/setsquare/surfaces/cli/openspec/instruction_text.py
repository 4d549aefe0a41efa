"""Instructions as text: an artifact's in tags that agents read, those for applying and archiving as Markdown."""

from __future__ import annotations

from msgspec import UNSET

from setsquare.surfaces.cli.openspec.instruction_shapes import (
    ApplyShape,
    ArchiveInputsShape,
    ArtifactInstructionShape,
    ReferenceShape,
    fetch_of,
)

_NOTHING = "No project context or operation guidance configured."
_NOT_COPIED = "Do NOT include this in your output."


def artifact_text(shape: ArtifactInstructionShape, missing: tuple[str, ...]) -> str:
    """Write what is needed for an artifact; `missing` are the artifacts that it builds on and that are not there."""
    parts = [f'<artifact id="{shape.artifact_id}" change="{shape.change_name}" schema="{shape.schema_name}">']
    if shape.warning:
        return "\n\n".join([*parts, _tagged("warning", shape.warning), "</artifact>"])
    if missing:
        told = f"Artifacts that this one builds on are missing. Write them first, or go on with care.\nMissing: {', '.join(missing)}"
        parts.append(_tagged("warning", told))
    parts.append(_tagged("task", f'Create the {shape.artifact_id} artifact for change "{shape.change_name}".\n{shape.description}'))
    if shape.context:
        parts.append(_tagged("project_context", f"<!-- Background for you. {_NOT_COPIED} -->\n{shape.context}"))
    if shape.rules:
        rules = "\n".join(f"- {rule}" for rule in shape.rules)
        parts.append(_tagged("rules", f"<!-- Rules that you keep to. {_NOT_COPIED} -->\n{rules}"))
    if shape.references:
        stores = "\n".join(_reference(reference) for reference in shape.references)
        parts.append(
            _tagged("referenced_stores", f"<!-- Stores that are only read. Fetch what you need and name what you use. -->\n{stores}")
        )
    if shape.dependencies:
        parts.append(_dependencies(shape))
    parts.append(_tagged("output", f"Write to: {shape.resolved_output_path}"))
    if shape.instruction:
        parts.append(_tagged("instruction", shape.instruction.strip()))
    parts.append(_tagged("template", f"<!-- The structure of the file; fill in its sections. -->\n{shape.template.strip()}"))
    parts.append(_tagged("success_criteria", "<!-- None are defined. -->"))
    if shape.unlocks:
        parts.append(_tagged("unlocks", f"Completing this artifact enables: {', '.join(shape.unlocks)}"))
    return "\n\n".join([*parts, "</artifact>"])


def apply_text(shape: ApplyShape) -> str:
    """Write what is needed to apply a change."""
    lines = [f"## Apply: {shape.change_name}", f"Schema: {shape.schema_name}", ""]
    if shape.missing_artifacts:
        lines += ["### ⚠️ Blocked", "", f"Missing artifacts: {', '.join(shape.missing_artifacts)}"]
        if shape.missing_prerequisites and set(shape.missing_prerequisites) != set(shape.missing_artifacts):
            lines.append(f"Not created yet, in build order: {', '.join(shape.missing_prerequisites)}")
        lines.append("")
    if shape.references:
        lines += ["### Referenced Stores", "", "Stores that are only read. Fetch what you need and name what you use.", ""]
        lines += [*(_reference(reference) for reference in shape.references), ""]
    if shape.context_files:
        lines += ["### Context Files", *(f"- {name}: {path}" for name, paths in shape.context_files.items() for path in paths), ""]
    if shape.progress.total:
        ended = " ✓" if not shape.progress.remaining else ""
        lines += ["### Progress", f"{shape.progress.complete}/{shape.progress.total} complete{ended}", ""]
        lines += ["### Tasks", *(f"- [{'x' if task.done else ' '}] {task.description}" for task in shape.tasks), ""]
    lines += ["### Instruction", shape.instruction, "", *_project(shape)]
    return "\n".join(lines)


def archive_text(shape: ArchiveInputsShape) -> str:
    """Write what is to be known before a change is archived."""
    return "\n".join([f"## Archive Inputs: {shape.change_name}", "", *_project(shape)])


def _project(shape: ApplyShape | ArchiveInputsShape) -> list[str]:
    """Write what the project's configuration says."""
    lines: list[str] = []
    if shape.context:
        lines += ["### Project Context (required instruction input)", shape.context, ""]
    if shape.operation_guidance is not UNSET:
        lines += ["### Operation Guidance (advisory)", *(f"- {line.strip()}" for line in shape.operation_guidance), ""]
    return lines or [_NOTHING]


def _dependencies(shape: ArtifactInstructionShape) -> str:
    items = []
    for item in shape.dependencies:
        status = "skipped" if item.skipped is True else "done" if item.done else "missing"
        place = f"  <path>{shape.change_dir}/{item.path}</path>\n  <description>{item.description}</description>"
        items.append(f'<dependency id="{item.id}" status="{status}">\n{place}\n</dependency>')
    told = "Read these files as they are now, before you write; they may have been edited since you last saw them:"
    return _tagged("dependencies", "\n".join((f"{told}\n", *items)))


def _reference(reference: ReferenceShape) -> str:
    if reference.status:
        problem = reference.status[0]
        return f"Store {reference.store_id}: {problem.message}\n  Fix: {problem.fix}"
    specs = () if reference.specs is UNSET else reference.specs
    lines = [f"Store {reference.store_id} ({reference.root}):", *(f"  - {spec.id}: {spec.summary}" for spec in specs)]
    return "\n".join([*lines, f"  Fetch: {fetch_of(reference.store_id)}"])


def _tagged(tag: str, text: str) -> str:
    return f"<{tag}>\n{text}\n</{tag}>"
