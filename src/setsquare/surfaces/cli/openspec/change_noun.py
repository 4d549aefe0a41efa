"""`setsquare openspec change`: the deprecated noun, which works on the current folder alone."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.journeys.openspec_items import CHANGES, ItemKind, change_ids
from setsquare.journeys.openspec_listing import tasks_of
from setsquare.journeys.openspec_showing import (
    NotShown,
    deltas_of,
    diffs_to_main,
    is_change_folder,
    listed_change,
    proposal_text,
    shown_change,
)
from setsquare.journeys.planning_app import PlanningApp
from setsquare.surfaces.cli.loading import Listed
from setsquare.surfaces.cli.openspec.answer import Answer, made
from setsquare.surfaces.cli.openspec.diff_text import diffs_text
from setsquare.surfaces.cli.openspec.noun_report import JSON, NEVER_ASKS, failed, report_lines, report_shape
from setsquare.surfaces.cli.openspec.shapes import change_shape
from setsquare.surfaces.cli.openspec.tabled import TabledGroup
from setsquare.text.collation import collation_key
from setsquare.wire import planning_app

_DEPRECATED = 'Warning: The "openspec change ..." commands are deprecated. Prefer verb-first commands (e.g., "openspec list", "openspec validate --changes").\n'
_LIST_DEPRECATED = _DEPRECATED + 'Warning: "openspec change list" is deprecated. Use "openspec list".\n'
_NEXT_STEPS = (
    "Next steps:\n"
    "  - Ensure change has deltas in specs/: use headers ## ADDED/MODIFIED/REMOVED/RENAMED Requirements\n"
    "  - Each requirement MUST include at least one #### Scenario: block\n"
    "  - Debug parsed deltas: openspec change show <id> --json --deltas-only\n"
)


class ShowOptions(Struct, frozen=True, kw_only=True):
    """What to show."""

    item: str | None
    is_json: bool
    is_deltas_only: bool
    is_requirements_only: bool
    is_diff: bool
    is_interactive: bool


class ListOptions(Struct, frozen=True):
    """How to print."""

    is_json: bool
    is_long: bool


class ValidateOptions(Struct, frozen=True):
    """What to validate, and how strictly."""

    item: str | None
    is_strict: bool
    is_json: bool
    is_interactive: bool


class TaskShape(Struct, frozen=True):
    """How many tasks there are and are done."""

    total: int
    completed: int


class ListedShape(Struct, frozen=True, kw_only=True, rename="camel"):
    """A change in the list."""

    id: str
    title: str
    delta_count: int
    task_status: TaskShape


_ITEM = click.argument("item", metavar="[change-name]", required=False)


@made(
    "show",
    ShowOptions,
    (
        _ITEM,
        JSON,
        click.option("--deltas-only", "is_deltas_only", is_flag=True, help="JSON: only what the change does; this is all there is."),
        click.option("--requirements-only", "is_requirements_only", is_flag=True, help="The same (deprecated)."),
        click.option("--diff", "is_diff", is_flag=True, help="Compare modified requirements with the main specs."),
        NEVER_ASKS,
    ),
)
def show(options: ShowOptions) -> Answer:
    """Show a change (deprecated: show)."""
    app = planning_app()
    if not options.item:
        return _unnamed(app)
    name = options.item
    if options.is_json:
        change = shown_change(app, app.here, name)
        if isinstance(change, NotShown):
            return failed(change, _DEPRECATED)
        diffs = diffs_to_main(app, app.here, deltas_of(app, app.here, name)) if options.is_diff else ()
        return Answer(document=change_shape(name, change, diffs), notes=_DEPRECATED)
    text = proposal_text(app, app.here, name)
    if isinstance(text, NotShown):
        return failed(text, _DEPRECATED)
    if options.is_diff:
        text += "\n\n" + diffs_text(name, diffs_to_main(app, app.here, deltas_of(app, app.here, name)))
    return Answer(text=f"{text}\n", notes=_DEPRECATED)


@made("list", ListOptions, (JSON, click.option("--long", "is_long", is_flag=True, help="Show titles and counts.")))
def list_all(options: ListOptions) -> Answer:
    """List the changes of the current folder (deprecated: list)."""
    app = planning_app()
    names = sorted(change_ids(app, app.here), key=collation_key)
    if options.is_json:
        return Answer(document=tuple(_listed_shape(app, name) for name in names), notes=_LIST_DEPRECATED)
    if not names:
        return Answer(text="No items found", notes=_LIST_DEPRECATED)
    lines = (_long(app, name) if options.is_long else name for name in names)
    return Answer(text="\n".join(lines), notes=_LIST_DEPRECATED)


@made(
    "validate", ValidateOptions, (_ITEM, click.option("--strict", "is_strict", is_flag=True, help="Warnings fail too."), JSON, NEVER_ASKS)
)
def validate(options: ValidateOptions) -> Answer:
    """Validate a change (deprecated: validate). With --json the command ends with 0 whatever the verdict, as OpenSpec does."""
    from setsquare.journeys.openspec_validating import judged_one  # noqa: PLC0415  (start-up: only this command judges)
    from setsquare.spec.openspec.issue import is_valid  # noqa: PLC0415

    app = planning_app()
    if not options.item:
        return _unnamed(app)
    name = options.item
    if not is_change_folder(app, app.here, name):
        return failed(NotShown(f'Change "{name}" not found at {app.here}/{CHANGES}/{name}'), _DEPRECATED)
    issues = judged_one(app, app.here, ItemKind.CHANGE, name).issues
    is_good = is_valid(issues, is_strict=options.is_strict)
    if options.is_json:
        return Answer(document=report_shape(issues, is_good=is_good), notes=_DEPRECATED)
    if is_good:
        return Answer(text=f'Change "{name}" is valid', notes=_DEPRECATED)
    return Answer(notes=f'{_DEPRECATED}Change "{name}" has issues\n{report_lines(issues)}{_NEXT_STEPS}', exit_code=1)


def _unnamed(app: PlanningApp) -> Answer:
    """Ask for a name, with those that there are."""
    names = change_ids(app, app.here)
    which = f"Available IDs: {', '.join(names)}" if names else "No active changes found."
    return Answer(
        notes=f'{_DEPRECATED}No change specified. {which}\nHint: use "openspec change list" to view available changes.\n', exit_code=1
    )


def _listed_shape(app: PlanningApp, name: str) -> ListedShape:
    """Write a change of the list for JSON."""
    listed = listed_change(app, app.here, name)
    tasks = tasks_of(app, app.here, name)
    return ListedShape(
        id=name, title=listed.title, delta_count=listed.deltas, task_status=TaskShape(total=tasks.total, completed=tasks.done)
    )


def _long(app: PlanningApp, name: str) -> str:
    """Write a change of the list with its counts."""
    listed = listed_change(app, app.here, name)
    tasks = tasks_of(app, app.here, name)
    counts = f" [tasks {tasks.done}/{tasks.total}]" if tasks.total else ""
    if not listed.has_proposal:
        return f"{name}: (no proposal.md yet){counts}"
    return f"{name}: (unable to read){counts}" if not listed.is_readable else f"{name}: {listed.title} [deltas {listed.deltas}]{counts}"


command = TabledGroup(
    "change",
    {
        "show": Listed("openspec.change_noun:show", "Commands", "Show a change."),
        "list": Listed("openspec.change_noun:list_all", "Commands", "List the changes."),
        "validate": Listed("openspec.change_noun:validate", "Commands", "Validate a change."),
    },
    "Show, list and validate changes (deprecated: use show, list and validate).",
)
