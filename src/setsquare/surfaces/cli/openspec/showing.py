"""`setsquare openspec show`."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.journeys.openspec_items import ItemKind, items_of, resolved
from setsquare.journeys.openspec_rooting import PlanningRoot, RootRefused, chosen_root
from setsquare.journeys.openspec_showing import NotShown, deltas_of, diffs_to_main, proposal_text, read_spec, shown_change, spec_text
from setsquare.journeys.planning_app import PlanningApp
from setsquare.spec.openspec.diagnostic import Diagnostic, error
from setsquare.surfaces.cli.openspec.answer import Answer, Failed, made
from setsquare.surfaces.cli.openspec.diff_text import diffs_text
from setsquare.surfaces.cli.openspec.rooted import STORE, notes_on, refused, root_shape, told
from setsquare.surfaces.cli.openspec.shapes import change_shape, spec_shape
from setsquare.wire import planning_app

_NOTHING = "Nothing to show. Try one of:\n  openspec show <item>\n  openspec change show\n  openspec spec show\nOr run in an interactive terminal.\n"


class Options(Struct, frozen=True, kw_only=True):
    """What to show, and how much of it."""

    item: str | None
    is_json: bool
    kind: str | None
    is_interactive: bool
    is_deltas_only: bool
    is_requirements_only: bool
    is_diff: bool
    is_requirements: bool
    has_scenarios: bool
    number: str | None
    store: str | None
    store_path: str | None


PARAMS = (
    click.argument("item", metavar="[item-name]", required=False),
    click.option("--json", "is_json", is_flag=True, help="Print JSON."),
    click.option("--type", "kind", metavar="<type>", default=None, help="Say what the item is where two have that name: change or spec."),
    click.option(
        "--no-interactive",
        "is_interactive",
        is_flag=True,
        flag_value=False,
        default=True,
        help="Taken for OpenSpec's sake; nothing is ever asked.",
    ),
    click.option("--deltas-only", "is_deltas_only", is_flag=True, help="Change, JSON: only what the change does; this is all there is."),
    click.option("--requirements-only", "is_requirements_only", is_flag=True, help="The same (deprecated)."),
    click.option("--diff", "is_diff", is_flag=True, help="Change: compare modified requirements with the main specs."),
    click.option("--requirements", "is_requirements", is_flag=True, help="Spec, JSON: requirements without scenarios."),
    click.option("--no-scenarios", "has_scenarios", is_flag=True, flag_value=False, default=True, help="Spec, JSON: the same."),
    click.option("-r", "--requirement", "number", metavar="<id>", default=None, help="Spec, JSON: only this requirement, counted from 1."),
    *STORE,
)


@made("show", Options, PARAMS, takes_unknown=True)
def command(options: Options) -> Answer:
    """Show a change or a spec.

    A change's proposal is printed as it is; with --json what its deltas do.
    """
    app = planning_app()
    root = chosen_root(app, options.store, store_path=options.store_path)
    if isinstance(root, RootRefused):
        return refused(root, Failed(status=(root.finding,)) if options.is_json else None)
    notes = notes_on(root, is_json=options.is_json)
    if not options.item:
        return Answer(notes=notes + _NOTHING, exit_code=1)
    wanted = next((kind for kind in ItemKind if kind.value == (options.kind or "").lower()), None)
    kind = resolved(items_of(app, root.path), options.item, wanted) if wanted is None else wanted
    match kind:
        case Diagnostic():
            return _unresolved(kind, notes, is_json=options.is_json)
        case ItemKind.CHANGE:
            notes += _ignored(
                "change",
                {
                    "requirements": options.is_requirements,
                    "scenarios": not options.has_scenarios,
                    "requirement": options.number is not None,
                },
            )
            return _change(app, root, options, notes)
        case ItemKind.SPEC:
            only = {"deltasOnly": options.is_deltas_only, "requirementsOnly": options.is_requirements_only, "diff": options.is_diff}
            return _spec(app, root, options, notes + _ignored("spec", only))


def _change(app: PlanningApp, root: PlanningRoot, options: Options, notes: str) -> Answer:
    """Show a change."""
    name = options.item or ""
    if options.is_json:
        change = shown_change(app, root.path, name)
        if isinstance(change, NotShown):
            return _failed(change, notes, is_json=True)
        diffs = diffs_to_main(app, root.path, deltas_of(app, root.path, name)) if options.is_diff else ()
        return Answer(document=change_shape(name, change, diffs, root_shape(root)), notes=notes)
    text = proposal_text(app, root.path, name)
    if isinstance(text, NotShown):
        return _failed(text, notes, is_json=False)
    if options.is_diff:
        text += "\n\n" + diffs_text(name, diffs_to_main(app, root.path, deltas_of(app, root.path, name)))
    return Answer(text=f"{text}\n", notes=notes)


def _spec(app: PlanningApp, root: PlanningRoot, options: Options, notes: str) -> Answer:
    """Show a spec."""
    name = options.item or ""
    text = spec_text(app, root.path, name)
    if isinstance(text, NotShown):
        return _failed(text, notes, is_json=options.is_json)
    if not options.is_json:
        return Answer(text=f"{text}\n", notes=notes)
    if options.is_requirements and options.number is not None:
        return _failed(NotShown("Options --requirements and --requirement cannot be used together"), notes, is_json=True)
    spec = read_spec(text)
    if isinstance(spec, NotShown):
        return _failed(spec, notes, is_json=True)
    number = requirement_number(options.number, len(spec.requirements))
    if isinstance(number, NotShown):
        return _failed(number, notes, is_json=True)
    has_scenarios = options.has_scenarios and not options.is_requirements
    return Answer(document=spec_shape(name, spec, has_scenarios=has_scenarios, number=number, root=root_shape(root)), notes=notes)


def requirement_number(said: str | None, most: int) -> int | NotShown | None:
    """Read which requirement is asked for.

    >>> requirement_number("2", 3), requirement_number("9", 3).message
    (2, 'Requirement 9 not found')
    """
    if said is None:
        return None
    digits = said.strip()
    if digits.isascii() and digits.isdigit() and 1 <= int(digits) <= most:
        return int(digits)
    return NotShown(f"Requirement {said} not found")


def _ignored(kind: str, flags: dict[str, bool]) -> str:
    """Name the flags that do nothing for this kind of item."""
    given = ", ".join(name for name, is_given in flags.items() if is_given)
    return f"Warning: Ignoring flags not applicable to {kind}: {given}\n" if given else ""


def _unresolved(finding: Diagnostic, notes: str, *, is_json: bool) -> Answer:
    """Answer that no single item has that name."""
    if is_json:
        return Answer(document=Failed(status=(finding,)), notes=notes, exit_code=1)
    way = "Pass --type change|spec, or use: openspec change show / openspec spec show\n" if finding.fix else ""
    return Answer(notes=f"{notes}{finding.message}\n{way}", exit_code=1)


def _failed(refusal: NotShown, notes: str, *, is_json: bool) -> Answer:
    """Answer that an item cannot be shown."""
    finding = error("show_error", refusal.message)
    if is_json:
        return Answer(document=Failed(status=(finding,)), notes=notes, exit_code=1)
    return Answer(notes=notes + told(finding), exit_code=1)
