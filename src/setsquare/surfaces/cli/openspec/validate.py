"""`setsquare openspec validate`."""

from __future__ import annotations

import click
from msgspec import UNSET, Struct, UnsetType

from setsquare.journeys.openspec_items import ItemKind, items_of, resolved
from setsquare.journeys.openspec_rooting import PlanningRoot, RootRefused, chosen_root
from setsquare.journeys.openspec_validating import Judged, judged_archive, judged_one, name_problem
from setsquare.journeys.openspec_validating_all import UnsafeLink, judged_all
from setsquare.journeys.planning_app import PlanningApp
from setsquare.spec.openspec.diagnostic import Diagnostic, error
from setsquare.spec.openspec.issue import is_valid
from setsquare.surfaces.cli.openspec.answer import Answer, Failed, made
from setsquare.surfaces.cli.openspec.rooted import STORE, RootShape, notes_on, refused, root_shape, told
from setsquare.surfaces.cli.openspec.validate_text import Totals, beside_text, findings_text, item_text, list_text, totals_of
from setsquare.wire import archive_place, planning_app

_NOTHING = (
    "Nothing to validate. Try one of:\n  openspec validate --all\n  openspec validate --changes\n  openspec validate --specs\n"
    "  openspec validate <item-name>\nOr run in an interactive terminal.\n"
)
_REPORT_FIX = "Use --report full|findings with --all, --changes, --specs, or --archived, without an item name. Do not combine archived and active scopes."
_REPORTS = ("full", "findings")


class Options(Struct, frozen=True, kw_only=True):
    """What to validate, how strictly, and how to tell."""

    item: str | None
    is_all: bool
    is_changes: bool
    is_specs: bool
    is_archived: bool
    report: str | None
    kind: str | None
    is_strict: bool
    is_json: bool
    concurrency: str | None
    is_interactive: bool
    store: str | None
    store_path: str | None


class IssueShape(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """An issue in JSON."""

    level: str
    path: str
    message: str
    line: int = 0


class ItemShape(Struct, frozen=True, kw_only=True, gc=False, rename={"kind": "type", "took_ms": "durationMs"}):
    """An item in JSON."""

    id: str
    kind: str
    valid: bool
    issues: tuple[IssueShape, ...]
    took_ms: int


class CountsShape(Struct, frozen=True):
    """How many items passed."""

    items: int
    passed: int
    failed: int


class ByTypeShape(Struct, frozen=True, kw_only=True):
    """The same by kind; a kind that was not asked for is left out."""

    change: CountsShape | UnsetType = UNSET
    spec: CountsShape | UnsetType = UNSET


class SummaryShape(Struct, frozen=True, kw_only=True, rename="camel"):
    """All counts."""

    totals: CountsShape
    by_type: ByTypeShape


class ReportShape(Struct, frozen=True, kw_only=True, rename="camel"):
    """What kind of report this is."""

    scope: str
    returned_items: int
    total_items: int
    kind: str = "validation-findings"
    version: str = "1.0"


class FullShape(Struct, frozen=True, kw_only=True):
    """Every item."""

    items: tuple[ItemShape, ...]
    summary: SummaryShape
    version: str = "1.0"
    root: RootShape


class FindingsShape(Struct, frozen=True, kw_only=True, rename="camel"):
    """Only the items that have issues."""

    report: ReportShape
    item_findings: tuple[ItemShape, ...]
    summary: SummaryShape
    root: RootShape


PARAMS = (
    click.argument("item", metavar="[item-name]", required=False),
    click.option("--all", "is_all", is_flag=True, help="Validate all changes and specs."),
    click.option("--changes", "is_changes", is_flag=True, help="Validate all changes."),
    click.option("--specs", "is_specs", is_flag=True, help="Validate all specs."),
    click.option("--archived", "is_archived", is_flag=True, help="Check that no task of an archived change was left open."),
    click.option(
        "--report", "report", metavar="<full|findings>", default=None, help="With --all or its like: everything, or only what has issues."
    ),
    click.option("--type", "kind", metavar="<type>", default=None, help="Say what the item is where two have that name: change or spec."),
    click.option("--strict", "is_strict", is_flag=True, help="Let warnings fail too."),
    click.option("--json", "is_json", is_flag=True, help="Print JSON."),
    click.option(
        "--concurrency", "concurrency", metavar="<n>", default=None, help="Taken for OpenSpec's sake; the work is divided by itself."
    ),
    click.option(
        "--no-interactive",
        "is_interactive",
        is_flag=True,
        flag_value=False,
        default=True,
        help="Taken for OpenSpec's sake; nothing is ever asked.",
    ),
    *STORE,
)


@made("validate", Options, PARAMS)
def command(options: Options) -> Answer:
    """Validate a spec or a change, or all of them.

    Errors fail, with --strict warnings too; notes never do.
    """
    app = planning_app()
    scope = scope_of(options)
    problem = _report_problem(options, scope)
    if problem is not None:
        return _failed(problem, "", is_json=options.is_json)
    may_be_implicit = not (options.is_all or options.is_changes or options.is_specs)
    root = chosen_root(app, options.store, may_be_implicit=may_be_implicit, store_path=options.store_path)
    if isinstance(root, RootRefused):
        return refused(root, Failed(status=(root.finding,)) if options.is_json else None)
    notes = notes_on(root, is_json=options.is_json)
    if scope:
        return _bulk(app, root, options, scope, notes)
    if not options.item:
        return Answer(notes=notes + _NOTHING, exit_code=1)
    return _single(app, root, options, notes)


def scope_of(options: Options) -> str:
    """Name what is validated together; empty for a single item."""
    if options.is_archived:
        return "archived"
    if options.is_all or (options.is_changes and options.is_specs):
        return "all"
    return "changes" if options.is_changes else "specs" if options.is_specs else ""


def _report_problem(options: Options, scope: str) -> Diagnostic | None:
    """Say why the report that is asked for cannot be given."""
    if options.report is None:
        return None
    if options.report not in _REPORTS:
        said = f"Unknown validation report '{options.report}'."
    elif options.item:
        said = "A validation report cannot be combined with an item name."
    elif not scope:
        said = "A validation report requires an explicit bulk scope."
    elif options.is_archived and (options.is_all or options.is_changes or options.is_specs):
        said = "A validation report cannot combine archived and active scopes."
    else:
        return None
    return error("invalid_validation_report_request", said, fix=_REPORT_FIX)


def _bulk(app: PlanningApp, root: PlanningRoot, options: Options, scope: str, notes: str) -> Answer:
    """Validate many items."""
    kinds = frozenset({ItemKind.CHANGE} if scope in {"changes", "archived"} else {ItemKind.SPEC} if scope == "specs" else ItemKind)
    judged = judged_archive(app, root.path) if scope == "archived" else judged_all(app, root.path, archive_place, kinds)
    if isinstance(judged, UnsafeLink):
        return _failed(error("validate_error", judged.message), notes, is_json=options.is_json)
    totals = totals_of(judged, kinds, is_strict=options.is_strict)
    exit_code = 1 if totals.failed else 0
    notes += beside_text(judged)
    if options.is_json:
        return Answer(document=_document(judged, totals, root, options, scope), notes=notes, exit_code=exit_code)
    told_of = "Validating archived changes" if scope == "archived" else "Validating"
    write = findings_text if options.report == "findings" else list_text
    text, beside = write(judged, totals, scope, is_strict=options.is_strict)
    return Answer(text=text, notes=f"{notes}- {told_of}...\n{beside}", exit_code=exit_code)


def _single(app: PlanningApp, root: PlanningRoot, options: Options, notes: str) -> Answer:
    """Validate one item."""
    name = options.item or ""
    wanted = next((kind for kind in ItemKind if kind.value == (options.kind or "").lower()), None)
    kind = wanted or resolved(items_of(app, root.path), name, None)
    if isinstance(kind, Diagnostic):
        if options.is_json:
            return Answer(document=Failed(status=(kind,)), notes=notes, exit_code=1)
        way = "Pass --type change|spec, or use: openspec change validate / openspec spec validate\n" if kind.fix else ""
        return Answer(notes=f"{notes}{kind.message}\n{way}", exit_code=1)
    problem = name_problem(kind, name)
    if problem:
        finding = error("invalid_item", problem)
        return _failed(finding, notes, is_json=True) if options.is_json else Answer(notes=f"{notes}{problem}\n", exit_code=1)
    judged = judged_one(app, root.path, kind, name)
    if kind is ItemKind.CHANGE:
        from setsquare.journeys.openspec_rehearsing import with_refusal  # noqa: PLC0415  (start-up: not for all at once)

        judged = with_refusal(app, root.path, archive_place(root.path), judged)
    totals = totals_of((judged,), frozenset({kind}), is_strict=options.is_strict)
    exit_code = 1 if totals.failed else 0
    if options.is_json:
        return Answer(document=_document((judged,), totals, root, options, ""), notes=notes, exit_code=exit_code)
    text, beside = item_text(judged, is_strict=options.is_strict)
    return Answer(text=text, notes=notes + beside, exit_code=exit_code)


def _failed(finding: Diagnostic, notes: str, *, is_json: bool) -> Answer:
    """Answer that nothing could be validated."""
    if is_json:
        return Answer(document=Failed(status=(finding,)), notes=notes, exit_code=1)
    return Answer(notes=notes + told(finding, mark=""), exit_code=1)


def _document(judged: tuple[Judged, ...], totals: Totals, root: PlanningRoot, options: Options, scope: str) -> FullShape | FindingsShape:
    """Write the result for JSON."""
    by_type = {kind.value: CountsShape(passed + failed, passed, failed) for kind, (passed, failed) in totals.by_kind.items()}
    summary = SummaryShape(
        totals=CountsShape(totals.passed + totals.failed, totals.passed, totals.failed),
        by_type=ByTypeShape(change=by_type.get("change", UNSET), spec=by_type.get("spec", UNSET)),
    )
    if options.report == "findings" and scope:
        found = tuple(_item_shape(one, is_strict=options.is_strict) for one in judged if one.issues)
        report = ReportShape(scope=scope, returned_items=len(found), total_items=len(judged))
        return FindingsShape(report=report, item_findings=found, summary=summary, root=root_shape(root))
    items = tuple(_item_shape(one, is_strict=options.is_strict) for one in judged)
    return FullShape(items=items, summary=summary, root=root_shape(root))


def _item_shape(judged: Judged, *, is_strict: bool) -> ItemShape:
    """Write an item for JSON."""
    issues = tuple(IssueShape(level=issue.level.value, path=issue.path, message=issue.message, line=issue.line) for issue in judged.issues)
    return ItemShape(
        id=judged.id, kind=judged.kind.value, valid=is_valid(judged.issues, is_strict=is_strict), issues=issues, took_ms=judged.took_ms
    )
