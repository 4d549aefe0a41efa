"""`setsquare openspec view`: specs and changes at a glance."""

from __future__ import annotations

from msgspec import Struct

from setsquare.journeys.openspec_listing import ListedChange, ListedSpec, listed_changes, listed_specs
from setsquare.journeys.openspec_rooting import RootRefused, chosen_root, has_planning_folder
from setsquare.surfaces.cli.openspec.answer import Answer, made
from setsquare.surfaces.cli.openspec.listing import status_of
from setsquare.surfaces.cli.openspec.rooted import STORE, notes_on, refused
from setsquare.surfaces.cli.style import pad, paint, safe, width
from setsquare.wire import planning_app

_BAR = 20
"""The columns of a bar that shows how many tasks are done."""


class Options(Struct, frozen=True):
    """Which root."""

    store: str | None
    store_path: str | None


@made("view", Options, STORE)
def command(options: Options) -> Answer:
    """Show specs and changes with their progress at a glance, as text."""
    app = planning_app()
    root = chosen_root(app, options.store, store_path=options.store_path)
    if isinstance(root, RootRefused):
        return refused(root, None)
    if not has_planning_folder(app, root.path):
        return Answer(notes="No openspec directory found\n", exit_code=1)
    changes, specs = listed_changes(app, root.path, is_by_name=True), listed_specs(app, root.path)
    return Answer(text=_text(root.path, changes, specs), notes=notes_on(root, is_json=False))


def _text(path: str, changes: tuple[ListedChange, ...], specs: tuple[ListedSpec, ...]) -> str:
    """Lay out the dashboard: what is being worked on first, then what waits to be archived, what has no tasks yet, and the specs."""
    under_way = sorted((change for change in changes if status_of(change) == "in-progress"), key=_share)
    complete = [change for change in changes if status_of(change) == "complete"]
    without = [change for change in changes if status_of(change) == "no-tasks"]
    done, total = sum(change.tasks.done for change in changes), sum(change.tasks.total for change in changes)
    requirements = sum(spec.requirements for spec in specs)
    names = [*(change.name for change in changes), *(spec.id for spec in specs)]
    widest = max(map(width, names), default=0)
    lines = [
        f"{paint('OpenSpec', 'bold')}  {safe(path)}",
        f"{_counted(len(specs), 'spec')}, {_counted(requirements, 'requirement')} · {_counted(len(changes), 'change')} · tasks {done}/{total}",
    ]
    lines += _section("In progress", [f"{pad(safe(change.name), widest)}  {_bar(change)}" for change in under_way])
    lines += _section(
        "Complete, to be archived",
        [f"{pad(safe(change.name), widest)}  {paint('✓', 'green')} {_counted(change.tasks.total, 'task')}" for change in complete],
    )
    lines += _section(
        "Without tasks",
        [f"{safe(change.name)}{'  not a change: wraps ' + safe(', '.join(change.nested)) if change.nested else ''}" for change in without],
    )
    lines += _section("Specs", [f"{pad(safe(spec.id), widest)}  {_counted(spec.requirements, 'requirement')}" for spec in specs])
    return "\n".join(lines)


def _section(title: str, rows: list[str]) -> list[str]:
    return ["", paint(title, "bold"), *(f"  {row}" for row in rows)] if rows else []


def _share(change: ListedChange) -> float:
    return change.tasks.done / change.tasks.total


def _bar(change: ListedChange) -> str:
    """Draw how many tasks are done."""
    filled = _BAR * change.tasks.done // change.tasks.total
    return f"{paint('█' * filled, 'green')}{'░' * (_BAR - filled)} {change.tasks.done}/{change.tasks.total}"


def _counted(number: int, name: str) -> str:
    return f"{number} {name}{'' if number == 1 else 's'}"
