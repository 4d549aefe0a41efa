"""`setsquare openspec list`."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from msgspec import UNSET, Struct, UnsetType

from setsquare.journeys.openspec_items import namespace_message
from setsquare.journeys.openspec_listing import ListedChange, ListedSpec, listed_changes, listed_specs
from setsquare.journeys.openspec_rooting import RootRefused, chosen_root
from setsquare.spec.openspec.diagnostic import Diagnostic
from setsquare.surfaces.cli.openspec.answer import Answer, made
from setsquare.surfaces.cli.openspec.rooted import STORE, RootShape, notes_on, refused, root_shape
from setsquare.surfaces.cli.style import pad, safe, width
from setsquare.wire import planning_app

_NESTED = "nested_change_directory"


class Options(Struct, frozen=True):
    """What to list."""

    is_specs: bool
    is_changes: bool
    sort: str
    is_json: bool
    store: str | None
    store_path: str | None


class ChangeShape(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A change in JSON; `nested` are changes that the folder wraps instead of being one."""

    name: str
    completed_tasks: int
    total_tasks: int
    last_modified: str
    status: str
    nested: tuple[str, ...] | UnsetType = UNSET


class WarningShape(Struct, frozen=True, kw_only=True):
    """What is said about a folder that is no change."""

    code: str
    name: str
    nested: tuple[str, ...]
    message: str


class ChangesShape(Struct, frozen=True, kw_only=True):
    """The changes of a root."""

    changes: tuple[ChangeShape, ...]
    warnings: tuple[WarningShape, ...] | UnsetType = UNSET
    root: RootShape | None
    status: tuple[Diagnostic, ...] | UnsetType = UNSET


class SpecShape(Struct, frozen=True, rename="camel"):
    """A capability in JSON."""

    id: str
    requirement_count: int


class SpecsShape(Struct, frozen=True, kw_only=True):
    """The capabilities of a root."""

    specs: tuple[SpecShape, ...]
    root: RootShape | None
    status: tuple[Diagnostic, ...] | UnsetType = UNSET


PARAMS = (
    click.option("--specs", "is_specs", is_flag=True, help="List specs instead of changes."),
    click.option("--changes", "is_changes", is_flag=True, help="List changes, as without an option."),
    click.option("--sort", metavar="<order>", default="recent", help="Sort changes: recent (default) or name."),
    click.option("--json", "is_json", is_flag=True, help="Print JSON."),
    *STORE,
)


@made("list", Options, PARAMS)
def command(options: Options) -> Answer:
    """List the changes with their tasks, or the specs with --specs.

    Changes come newest first by the time of their newest file.
    """
    app = planning_app()
    root = chosen_root(app, options.store, may_be_implicit=False, is_legacy_enough=True, store_path=options.store_path)
    if isinstance(root, RootRefused):
        return refused(root, _nothing(options, root) if options.is_json else None)
    notes = notes_on(root, is_json=options.is_json)
    if options.is_specs:
        specs = listed_specs(app, root.path)
        shape = SpecsShape(specs=tuple(SpecShape(spec.id, spec.requirements) for spec in specs), root=root_shape(root))
        return Answer(document=shape, notes=notes) if options.is_json else Answer(text=_specs_text(specs), notes=notes)
    changes = listed_changes(app, root.path, is_by_name=options.sort == "name")
    if options.is_json:
        return Answer(document=_changes_shape(changes, root_shape(root)), notes=notes)
    return Answer(text=_changes_text(changes, app.clock.now()), notes=notes)


def status_of(change: ListedChange) -> str:
    """Name how far a change is."""
    if not change.tasks.total:
        return "no-tasks"
    return "complete" if change.tasks.done == change.tasks.total else "in-progress"


def _nothing(options: Options, root: RootRefused) -> ChangesShape | SpecsShape:
    """Give the shape of a command that found no root."""
    if options.is_specs:
        return SpecsShape(specs=(), root=None, status=(root.finding,))
    return ChangesShape(changes=(), root=None, status=(root.finding,))


def _changes_shape(changes: tuple[ListedChange, ...], root: RootShape) -> ChangesShape:
    """Write changes for JSON."""
    warnings = _warnings(changes)
    return ChangesShape(changes=tuple(map(_change_shape, changes)), warnings=warnings or UNSET, root=root)


def _change_shape(change: ListedChange) -> ChangeShape:
    return ChangeShape(
        name=change.name,
        completed_tasks=change.tasks.done,
        total_tasks=change.tasks.total,
        last_modified=_iso(change.modified_ms),
        status=status_of(change),
        nested=change.nested or UNSET,
    )


def _warnings(changes: tuple[ListedChange, ...]) -> tuple[WarningShape, ...]:
    """Say which folders are no changes, by name."""
    wrapping = sorted((change for change in changes if change.nested), key=lambda change: change.name)
    return tuple(
        WarningShape(code=_NESTED, name=change.name, nested=change.nested, message=namespace_message(change.name, change.nested))
        for change in wrapping
    )


def _iso(modified_ms: int) -> str:
    """Write a time as JavaScript does.

    >>> _iso(1767323045678)
    '2026-01-02T03:04:05.678Z'
    """
    seconds, milliseconds = divmod(modified_ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{milliseconds:03}Z"


def _specs_text(specs: tuple[ListedSpec, ...]) -> str:
    """Write specs for people."""
    if not specs:
        return "No specs found."
    widest = max(width(spec.id) for spec in specs)
    return "\n".join(["Specs:", *(f"  {pad(safe(spec.id), widest)}     requirements {spec.requirements}" for spec in specs)])


def _changes_text(changes: tuple[ListedChange, ...], now: str) -> str:
    """Write changes for people, each with its age."""
    if not changes:
        return "No active changes found."
    at_ms = int(datetime.fromisoformat(now).timestamp() * 1000)
    widest = max(width(change.name) for change in changes)
    lines = [
        f"  {pad(safe(change.name), widest)}     {pad(_progress(change), 12)}  {_age(at_ms - change.modified_ms, change.modified_ms)}"
        for change in changes
    ]
    warnings = [f"Warning: {warning.message}" for warning in _warnings(changes)]
    return "\n\n".join(["\n".join(["Changes:", *lines]), *warnings])


def _progress(change: ListedChange) -> str:
    """Say how many tasks are done."""
    if change.nested:
        return "not a change"
    match status_of(change):
        case "no-tasks":
            return "No tasks"
        case "complete":
            return "✓ Complete"
        case _:
            return f"{change.tasks.done}/{change.tasks.total} tasks"


def _age(age_ms: int, modified_ms: int) -> str:
    """Say how old something is; a date where it is older than thirty days.

    >>> _age(90_000, 0), _age(3_700_000, 0), _age(200_000_000, 0), _age(5, 0)
    ('1m ago', '1h ago', '2d ago', 'just now')
    """
    minutes = age_ms // 60_000
    hours, days = minutes // 60, minutes // 1440
    if days > 30:
        day = datetime.fromtimestamp(modified_ms / 1000).astimezone()
        return f"{day.month}/{day.day}/{day.year}"
    if days > 0:
        return f"{days}d ago"
    if hours > 0:
        return f"{hours}h ago"
    return f"{minutes}m ago" if minutes > 0 else "just now"
