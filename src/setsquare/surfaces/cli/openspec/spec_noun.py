"""`setsquare openspec spec`: the deprecated noun, which works on the current folder alone."""

from __future__ import annotations

import click
from msgspec import Struct

from setsquare.journeys.openspec_items import ItemKind
from setsquare.journeys.openspec_listing import listed_specs
from setsquare.journeys.openspec_showing import NotShown, read_spec, spec_text
from setsquare.surfaces.cli.loading import Listed
from setsquare.surfaces.cli.openspec.answer import Answer, made
from setsquare.surfaces.cli.openspec.noun_report import JSON, NEVER_ASKS, failed, report_lines, report_shape
from setsquare.surfaces.cli.openspec.shapes import spec_shape
from setsquare.surfaces.cli.openspec.showing import requirement_number
from setsquare.surfaces.cli.openspec.tabled import TabledGroup
from setsquare.wire import planning_app

_DEPRECATED = 'Warning: The "openspec spec ..." commands are deprecated. Prefer verb-first commands (e.g., "openspec show", "openspec validate --specs").\n'
_MISSING = NotShown("Missing required argument <spec-id>")
_PLACE = "openspec/specs"


class ShowOptions(Struct, frozen=True, kw_only=True):
    """What to show, and how much of it."""

    item: str | None
    is_json: bool
    is_requirements: bool
    has_scenarios: bool
    number: str | None
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


class ListedShape(Struct, frozen=True, rename="camel"):
    """A spec in the list."""

    id: str
    title: str
    requirement_count: int


_ITEM = click.argument("item", metavar="[spec-id]", required=False)


@made(
    "show",
    ShowOptions,
    (
        _ITEM,
        JSON,
        click.option("--requirements", "is_requirements", is_flag=True, help="JSON: requirements without scenarios."),
        click.option("--no-scenarios", "has_scenarios", is_flag=True, flag_value=False, default=True, help="JSON: the same."),
        click.option("-r", "--requirement", "number", metavar="<id>", default=None, help="JSON: only this requirement, counted from 1."),
        NEVER_ASKS,
    ),
)
def show(options: ShowOptions) -> Answer:
    """Show a spec (deprecated: show)."""
    if not options.item:
        return failed(_MISSING, _DEPRECATED)
    app = planning_app()
    text = spec_text(app, app.here, options.item, place=_PLACE)
    if isinstance(text, NotShown):
        return failed(text, _DEPRECATED)
    if not options.is_json:
        return Answer(text=f"{text}\n", notes=_DEPRECATED)
    if options.is_requirements and options.number is not None:
        return failed(NotShown("Options --requirements and --requirement cannot be used together"), _DEPRECATED)
    spec = read_spec(text)
    number = spec if isinstance(spec, NotShown) else requirement_number(options.number, len(spec.requirements))
    if isinstance(spec, NotShown):
        return failed(spec, _DEPRECATED)
    if isinstance(number, NotShown):
        return failed(number, _DEPRECATED)
    has_scenarios = options.has_scenarios and not options.is_requirements
    return Answer(document=spec_shape(options.item, spec, has_scenarios=has_scenarios, number=number), notes=_DEPRECATED)


@made("list", ListOptions, (JSON, click.option("--long", "is_long", is_flag=True, help="Show titles and counts.")))
def list_all(options: ListOptions) -> Answer:
    """List the specs of the current folder (deprecated: list --specs)."""
    app = planning_app()
    specs = listed_specs(app, app.here)
    if not specs:
        return Answer(text="No items found", notes=_DEPRECATED)
    if options.is_json:
        return Answer(document=tuple(ListedShape(spec.id, spec.id, spec.requirements) for spec in specs), notes=_DEPRECATED)
    lines = (f"{spec.id}: {spec.id} [requirements {spec.requirements}]" if options.is_long else spec.id for spec in specs)
    return Answer(text="\n".join(lines), notes=_DEPRECATED)


@made(
    "validate", ValidateOptions, (_ITEM, click.option("--strict", "is_strict", is_flag=True, help="Warnings fail too."), JSON, NEVER_ASKS)
)
def validate(options: ValidateOptions) -> Answer:
    """Validate a spec (deprecated: validate)."""
    from setsquare.journeys.openspec_validating import judged_one  # noqa: PLC0415  (start-up: only this command judges)
    from setsquare.spec.openspec.issue import is_valid  # noqa: PLC0415

    if not options.item:
        return failed(_MISSING, _DEPRECATED)
    app = planning_app()
    text = spec_text(app, app.here, options.item, place=_PLACE)
    if isinstance(text, NotShown):
        return failed(text, _DEPRECATED)
    issues = judged_one(app, app.here, ItemKind.SPEC, options.item).issues
    is_good = is_valid(issues, is_strict=options.is_strict)
    code = 0 if is_good else 1
    if options.is_json:
        return Answer(document=report_shape(issues, is_good=is_good), notes=_DEPRECATED, exit_code=code)
    if is_good:
        return Answer(text=f"Specification '{options.item}' is valid", notes=_DEPRECATED)
    return Answer(notes=f"{_DEPRECATED}Specification '{options.item}' has issues\n{report_lines(issues)}", exit_code=1)


command = TabledGroup(
    "spec",
    {
        "show": Listed("openspec.spec_noun:show", "Commands", "Show a spec."),
        "list": Listed("openspec.spec_noun:list_all", "Commands", "List the specs."),
        "validate": Listed("openspec.spec_noun:validate", "Commands", "Validate a spec."),
    },
    "Show, list and validate specs (deprecated: use show, list --specs and validate).",
)
