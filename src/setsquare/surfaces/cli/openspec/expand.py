"""`setsquare openspec expand`."""

from __future__ import annotations

import click
from msgspec import UNSET, Struct, UnsetType

from setsquare.errors import SetsquareError
from setsquare.journeys.openspec_items import change_ids, nearest
from setsquare.journeys.openspec_rooting import PlanningRoot, RootRefused, chosen_root
from setsquare.journeys.openspec_writing_out import WrittenOut, write_out
from setsquare.spec.openspec.diagnostic import Diagnostic, error
from setsquare.surfaces.cli.openspec.answer import Answer, made
from setsquare.surfaces.cli.openspec.rooted import STORE, RootShape, notes_on, refused, root_shape, told
from setsquare.wire import planning_app


class Options(Struct, frozen=True):
    """Of which change, and whether anything is written."""

    name: str
    is_trial: bool
    is_json: bool
    store: str | None
    store_path: str | None


class BlockShape(Struct, frozen=True, kw_only=True):
    """One requirement."""

    capability: str
    requirement: str


class Result(Struct, frozen=True, kw_only=True, rename="camel"):
    """The output in JSON."""

    files: tuple[str, ...]
    expanded: tuple[BlockShape, ...]
    kept: tuple[BlockShape, ...]
    dry_run: bool
    root: RootShape | None
    status: tuple[Diagnostic, ...] | UnsetType = UNSET


PARAMS = (
    click.argument("name", metavar="<change-name>"),
    click.option("--dry-run", "is_trial", is_flag=True, help="Show what would be written; write nothing."),
    click.option("--json", "is_json", is_flag=True, help="Print JSON."),
    *STORE,
)


@made("expand", Options, PARAMS)
def command(options: Options) -> Answer:
    """Write the operations on scenarios of a change out as whole MODIFIED requirements, which OpenSpec itself reads too.

    A requirement of which a scenario is removed stays as it is: OpenSpec's form cannot say that. archive understands both forms.
    """
    app = planning_app()
    root = chosen_root(app, options.store, store_path=options.store_path)
    if isinstance(root, RootRefused):
        nothing = Result(files=(), expanded=(), kept=(), dry_run=options.is_trial, root=None, status=(root.finding,))
        return refused(root, nothing if options.is_json else None)
    notes = notes_on(root, is_json=options.is_json)
    known = change_ids(app, root.path)
    if options.name not in known:
        near = nearest(options.name, known)
        said = f"Unknown change '{options.name}'." + (f" Did you mean: {', '.join(near)}?" if near else "")
        return _failed((error("unknown_item", said),), options, root, notes)
    try:
        done = write_out(app, root.path, options.name, is_trial=options.is_trial)
    except SetsquareError as failure:
        return _failed((error("expand_error", failure.message, fix=failure.hint),), options, root, notes)
    if done.problems:
        findings = tuple(error("scenario_operation_failed", f"{one.path}:{one.line}: {one.message}") for one in done.problems)
        return _failed(findings, options, root, notes)
    if options.is_json:
        return Answer(document=_shape(done, options, root), notes=notes)
    return Answer(text=_text(done, options), notes=notes)


def _shape(done: WrittenOut, options: Options, root: PlanningRoot) -> Result:
    return Result(
        files=done.files,
        expanded=tuple(BlockShape(capability=capability, requirement=name) for capability, name in done.blocks),
        kept=tuple(BlockShape(capability=capability, requirement=name) for capability, name in done.kept),
        dry_run=options.is_trial,
        root=root_shape(root),
    )


def _text(done: WrittenOut, options: Options) -> str:
    lines = [f"{capability}: {name} {'would be' if options.is_trial else 'is'} written out" for capability, name in done.blocks]
    lines += (
        f"{capability}: {name} stays as it is: a scenario is removed, which OpenSpec's form cannot say" for capability, name in done.kept
    )
    return "\n".join(lines) if lines else "No operation on a scenario to write out."


def _failed(findings: tuple[Diagnostic, ...], options: Options, root: PlanningRoot, notes: str) -> Answer:
    if options.is_json:
        document = Result(files=(), expanded=(), kept=(), dry_run=options.is_trial, root=root_shape(root), status=findings)
        return Answer(document=document, notes=notes, exit_code=1)
    return Answer(notes=notes + "".join(map(told, findings)), exit_code=1)
