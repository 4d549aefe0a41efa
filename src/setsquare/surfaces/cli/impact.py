"""`setsquare impact`."""

from __future__ import annotations

from collections.abc import Iterator

import click
from msgspec import Struct

from setsquare.errors import Usage
from setsquare.journeys.impacting import Impacts, impacts, mark
from setsquare.journeys.opening import named_as
from setsquare.spec.affected import Affected, AffectedKind, CriterionChange, Effect, SpecImpact
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.places import shown
from setsquare.surfaces.cli.report.sources import SourceResult
from setsquare.surfaces.cli.source_params import SOURCE_PARAMS
from setsquare.surfaces.cli.sources_beyond import read_beyond
from setsquare.surfaces.cli.style import paint, safe
from setsquare.wire import app_here

_CHARACTERS_A_TOKEN = 4
_WORDS = {
    Effect.DONE_NEEDS_REVISION: "done · needs revision",
    Effect.PAUSED: "pause: it is under way",
    Effect.NEEDS_REVISION: "needs revision",
    Effect.MISSING: "a task is missing",
    Effect.RELINK: "name all parts",
    Effect.SUSPECT: "suspect",
    Effect.REVIEW: "review",
    Effect.OBSOLETE: "obsolete?",
    Effect.UNNEEDED: "unneeded?",
    Effect.CHECK: "check",
    Effect.KEPT: "kept",
}
_COLOURS = {Effect.DONE_NEEDS_REVISION: "red", Effect.PAUSED: "red", Effect.NEEDS_REVISION: "yellow", Effect.MISSING: "yellow"}
_FAILING = frozenset({Effect.DONE_NEEDS_REVISION, Effect.PAUSED, Effect.NEEDS_REVISION, Effect.MISSING, Effect.RELINK})


class Options(Struct, frozen=True, kw_only=True):
    """Which specs, since when, and what to do about it."""

    specs: tuple[str, ...]
    since: str
    mark: bool
    exit_code: bool
    with_sources: bool = False
    given: tuple[str, ...] = ()


class Changed(Struct, frozen=True, kw_only=True):
    """A criterion that changed; `was` is its id before where it differs."""

    criterion: str
    was: str
    change: str
    detail: str
    before: str
    after: str


class Reached(Struct, frozen=True, kw_only=True):
    """Something that the changes reach, with the way that leads to it."""

    kind: str
    name: str
    title: str
    effect: str
    reason: tuple[str, ...]
    path: str
    line: int
    criteria: tuple[str, ...]


class SpecResult(Struct, frozen=True, kw_only=True):
    """One spec. `estimate_tokens` is what an assistant must read to work it in: the changed criteria and the affected tasks' titles."""

    spec: str
    base: str
    changes: tuple[Changed, ...]
    affected: tuple[Reached, ...]
    done_tasks: int
    done_tasks_to_revise: int
    is_branch_proposed: bool
    estimate_tokens: int


class Place(Struct, frozen=True, kw_only=True):
    """Something that names a requirement: a task, code or a test."""

    kind: str
    path: str
    line: int
    criterion: str


class Touched(Struct, frozen=True, kw_only=True):
    """A requirement that an open change will touch; `requirement` is empty where the change adds it."""

    change: str
    operation: str
    capability: str
    requirement: str
    title: str
    criteria: tuple[str, ...]
    places: tuple[Place, ...]


class Result(Struct, frozen=True, kw_only=True):
    """What every spec's changes break; `marked` are the task files that were marked, `touched` what the named OpenSpec changes will touch.

    `sources` are the other checkouts that were asked for.
    """

    schema: str = "setsquare/impact/1"
    specs: tuple[SpecResult, ...]
    marked: tuple[str, ...] = ()
    touched: tuple[Touched, ...] = ()
    sources: tuple[SourceResult, ...] = ()


PARAMS = (
    click.argument("specs", nargs=-1),
    click.option("--since", default="", metavar="REF", help="Compare with a commit, a tag, or the place where a branch was left."),
    click.option("--mark", is_flag=True, help="Write a visible line below the tasks that need revision; boxes are never changed."),
    click.option("--exit-code", is_flag=True, help="End with 1 when work must be done again or is missing."),
    *SOURCE_PARAMS,
)


@made("impact", Options, PARAMS)
def command(options: Options) -> Output:
    """Say what changed requirements break: design sections, properties, tasks, code and tests, each with the reason.

    By default each of SPECS (or every spec) is compared with its requirements as they were approved, else with the last commit.
    Changes of wording alone reach nothing. A done task stays ticked. Of an OpenSpec change that is named, it also says which requirements
    of the main specs it will touch, and what names these. With --sources, tasks, code and tests of other checkouts are reached too.
    """
    app = app_here()
    if options.since.startswith("-"):
        raise Usage(f"`{options.since}` names no commit.", "Name a commit, a branch or a tag.")
    across = read_beyond(app, asks=options.with_sources, given=options.given)
    found = impacts(app, options.specs, options.since, across.beyond)
    marked = tuple(shown(app.folder, change.path) for change in mark(app, found).changes) if options.mark else ()
    result = Result(
        specs=tuple(_result(app.folder, found, item) for item in found.specs),
        marked=marked,
        touched=tuple(_touched(app.folder, found)),
        sources=across.results,
    )
    fails = options.exit_code and any(item.effect in _FAILING for spec in found.specs for item in spec.affected)
    text = "\n\n".join((_text(app.folder, found, marked), *across.unread))
    return Output(result=result, text=text, exit_code=1 if fails else 0)


def _result(folder: str, found: Impacts, item: SpecImpact) -> SpecResult:
    return SpecResult(
        spec=named_as(found.workspace, item.spec),
        base=dict(found.bases)[item.spec.path],
        changes=tuple(
            Changed(
                criterion=change.id,
                was=change.was,
                change=change.kind.value,
                detail=change.difference.detail,
                before=change.before,
                after=change.after,
            )
            for change in item.changes
        ),
        affected=tuple(
            Reached(
                kind=each.kind.value,
                name=each.name,
                title=each.title,
                effect=each.effect.value,
                reason=each.reason,
                path=shown(folder, each.path),
                line=each.line,
                criteria=each.criteria,
            )
            for each in item.affected
        ),
        done_tasks=item.done,
        done_tasks_to_revise=item.revised,
        is_branch_proposed=item.is_branch_proposed,
        estimate_tokens=_tokens(item),
    )


def _touched(folder: str, found: Impacts) -> Iterator[Touched]:
    """Shape what the named changes will touch."""
    for spec, reached in found.reached:
        for one in reached:
            yield Touched(
                change=spec.name,
                operation=one.touch.operation.value,
                capability=one.touch.capability,
                requirement=f"{one.spec}/{one.number}" if one.number else "",
                title=one.touch.name,
                criteria=one.criteria,
                places=tuple(
                    Place(kind=link.kind.value, path=shown(folder, link.path), line=link.line, criterion=link.target) for link in one.links
                ),
            )


def _touching(folder: str, found: Impacts) -> list[str]:
    """Show what the named changes will touch."""
    blocks: dict[str, list[str]] = {}
    for one in _touched(folder, found):
        lines = blocks.setdefault(one.change, [f"{paint(safe(one.change), 'bold')}  when it is archived"])
        name = one.requirement or f"{one.capability} (new)"
        lines.append(f"  {paint(one.operation, 'bold'):<10} {safe(name)}  {safe(_short(one.title))}")
        lines += [f"    {place.kind}  {safe(place.path)}:{place.line}  names {safe(place.criterion)}" for place in one.places]
    return ["\n".join(lines) for lines in blocks.values()]


def _tokens(item: SpecImpact) -> int:
    read = sum(len(change.before) + len(change.after) for change in item.changes) + sum(len(each.title) for each in item.affected)
    return -(-read // _CHARACTERS_A_TOKEN)


def _text(folder: str, found: Impacts, marked: tuple[str, ...]) -> str:
    blocks = [_spec(folder, found, item) for item in found.specs]
    blocks += _touching(folder, found)
    blocks = blocks or ["No criterion changed."]
    if found.suspect:
        links = "1 link still leads" if found.suspect == 1 else f"{found.suspect} links still lead"
        blocks.append(f"{links} to what a criterion meant before: setsquare trace suspect")
    blocks += [
        f"{safe(named_as(found.workspace, spec))}: no approved commit is here, so the last commit stands in for it. "
        "In a shallow clone: git fetch --unshallow. Else: --since REF."
        for spec in found.unfounded
    ]
    if marked:
        blocks.append("\n".join(f"  {paint('marked', 'green')}  {path}" for path in marked))
    return "\n\n".join(blocks)


def _spec(folder: str, found: Impacts, item: SpecImpact) -> str:
    """Show one spec: what changed, what that reaches, what to do."""
    name = named_as(found.workspace, item.spec)
    lines = [f"{paint(safe(name), 'bold')}  since {dict(found.bases)[item.spec.path][:10]}", *(_changed(change) for change in item.changes)]
    if item.is_harmless:
        lines.append("  Nothing that was done is touched: wording and places only.")
    elif not item.affected:
        lines.append("  Nothing is linked to what changed.")
    for kind in AffectedKind:
        lines += [_reached(folder, each) for each in item.affected if each.kind is kind]
    if item.done:
        lines.append(f"  {item.revised} of {item.done} done tasks need revision.")
    if item.is_branch_proposed:
        lines.append(f"  More than half of what was done is void: go on in a branch of its own, `git switch -c spec/{_branch(name)}`.")
    return "\n".join(lines)


def _changed(change: CriterionChange) -> str:
    was = f" (was {change.was})" if change.was else ""
    detail = f" {safe(change.difference.detail)}" if change.difference.detail else ""
    return f"  {paint(change.kind.value, 'bold'):<12} {safe(change.id)}{was}{detail}  {safe(_short(change.after or change.before))}"


def _reached(folder: str, each: Affected) -> str:
    word = paint(_WORDS[each.effect], _COLOURS.get(each.effect, "dim"))
    place = f"{shown(folder, each.path)}:{each.line}" if each.line else shown(folder, each.path)
    return f"    {' → '.join(safe(step) for step in each.reason)}  {word}  {place}"


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 90 else f"{flat[:89]}…"


def _branch(name: str) -> str:
    return "".join(char if char.isalnum() or char in "-/." else "-" for char in name)
