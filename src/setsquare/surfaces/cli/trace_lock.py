"""`setsquare trace lock`, `suspect`, `clear`, `renumber` and `waive`: the identity of criteria and what links are worth."""

from __future__ import annotations

from collections import Counter

import click
from msgspec import Struct

from setsquare.errors import Usage
from setsquare.journeys.lock_repair import Repair, repair
from setsquare.journeys.locking import LockUpdate, clear_links, linked, lock_updates, require_whole, waive, write
from setsquare.journeys.opening import named_spec, opened
from setsquare.journeys.renumbering import Renumbering, renumbered
from setsquare.spec.link_state import FINE, LinkState, Shift, StatedLink
from setsquare.spec.lock import Waiver, lock_path
from setsquare.spec.pinning import Clearing
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.places import shown
from setsquare.surfaces.cli.style import is_coloured, paint, safe
from setsquare.text.paths import quoted
from setsquare.text.word_diff import Piece, word_diff
from setsquare.wire import app_here
from setsquare.workspace.model import Workspace
from setsquare.workspace.spec import Spec

_SPECS = click.argument("specs", nargs=-1, metavar="[SPEC]...")
_DAY = r"\d{4}-\d{2}-\d{2}"


class LockOptions(Struct, frozen=True, kw_only=True):
    """Which locks to write, or only to compare or to repair."""

    specs: tuple[str, ...]
    check: bool
    repair: bool


class LockedSpec(Struct, frozen=True, kw_only=True):
    """One spec's lock; `changes` counts its criteria by what became of them, those that are the same left out. `kept` is where broken bytes are."""

    spec: str
    path: str
    stale: bool
    created: bool
    changes: dict[str, int]
    pins: int
    kept: str = ""
    diff: str = ""


class LockResult(Struct, frozen=True, kw_only=True):
    """Every lock that was looked at; `written` is false with `--check`."""

    schema: str = "setsquare/trace-lock/1"
    written: bool
    stale: int
    specs: tuple[LockedSpec, ...]


class SpecsOptions(Struct, frozen=True):
    """Which specs; all when none is named."""

    specs: tuple[str, ...]


class SuspectLink(Struct, frozen=True, kw_only=True):
    """One link that needs a look. `link` names it for `trace clear`; `criterion` is the id now; `was` and `now` are the criterion's texts."""

    link: str
    state: str
    kind: str
    spec: str
    source: str
    written: str
    criterion: str
    uid: str
    path: str
    line: int
    change: str
    was: str
    now: str
    diff: tuple[Piece, ...]
    partners: tuple[str, ...]
    edited: bool


class SuspectResult(Struct, frozen=True, kw_only=True):
    """Links by state, and those that need a look."""

    schema: str = "setsquare/trace-suspect/1"
    states: dict[str, int]
    links: tuple[SuspectLink, ...]


class ClearOptions(Struct, frozen=True, kw_only=True):
    """Which links, and why they are right."""

    links: tuple[str, ...]
    every: str
    reason: str


class ClearResult(Struct, frozen=True, kw_only=True):
    """The links that were cleared."""

    schema: str = "setsquare/trace-clear/1"
    by: str
    at: str
    reason: str
    commit: str
    links: tuple[str, ...]


class RenumberOptions(Struct, frozen=True, kw_only=True):
    """Which specs, and whether to write."""

    specs: tuple[str, ...]
    write: bool


class ShiftedReference(Struct, frozen=True, kw_only=True):
    """One reference: what is written, and what must be; `new` is empty where a person must write it."""

    path: str
    line: int
    source: str
    written: str
    new: str


class RenumberResult(Struct, frozen=True, kw_only=True):
    """What names another criterion than when it was pinned."""

    schema: str = "setsquare/trace-renumber/1"
    written: bool
    references: tuple[ShiftedReference, ...]
    left: tuple[ShiftedReference, ...]
    diff: str


class WaiveOptions(Struct, frozen=True, kw_only=True):
    """Which criterion, why, until when."""

    criterion: str
    reason: str
    until: str


class WaiveResult(Struct, frozen=True, kw_only=True):
    """The recorded waiver."""

    schema: str = "setsquare/trace-waive/1"
    criterion: str
    reason: str
    by: str
    at: str
    until: str
    path: str


@made(
    "lock",
    LockOptions,
    (
        _SPECS,
        click.option("--check", is_flag=True, help="Write nothing; end with 1 when a lock is not up to date."),
        click.option("--repair", is_flag=True, help="Rebuild a broken lock from its good lines; the broken file stays as *.broken."),
    ),
)
def lock(options: LockOptions) -> Output:
    """Write down which criterion is which, and what every link means, in .setsquare/trace/.

    Criteria keep their identity when they are renumbered, reworded or moved. A lock that cannot be read whole is never written over.
    """
    if options.check and options.repair:
        raise Usage("--check writes nothing, and --repair does.", "Give one of the two.")
    app = app_here()
    workspace = opened(app)
    specs = _named(workspace, options.specs)
    if options.repair:
        return _repaired(repair(app, workspace, specs))
    updates = lock_updates(app, workspace, specs)
    if not options.check:
        write(app, updates, "Write locks")
    stale = sum(update.is_stale for update in updates)
    result = LockResult(written=bool(stale) and not options.check, stale=stale, specs=tuple(_locked(update) for update in updates))
    return Output(result=result, text=_lock_text(updates, is_check=options.check), exit_code=1 if options.check and stale else 0)


@made("suspect", SpecsOptions, (_SPECS,))
def suspect(options: SpecsOptions) -> Output:
    """List links whose criterion is not what it was when somebody last looked: changed, renumbered, gone.

    Ends with 1 when there is any. `trace clear` records that a changed one is right; `trace renumber` mends shifted ones.
    """
    app = app_here()
    workspace = opened(app)
    found = linked(app, workspace)
    homes = {spec.path for spec in _named(workspace, options.specs)} if options.specs else set()
    require_whole(found, homes)
    own = {item.spec.name for item in found.identity.specs if item.spec.path in homes}
    links = [link for link in found.states.links if not homes or link.home in homes or link.link.spec in own]
    open_ = [link for link in links if link.state not in FINE]
    count = Counter(link.state.value for link in links)
    result = SuspectResult(states={state.value: count[state.value] for state in LinkState}, links=tuple(_suspect(link) for link in open_))
    text = (
        "\n".join([*(_suspect_text(app.folder, link) for link in open_), *_what_next(open_)])
        if open_
        else _all_right(len(links), is_locked=not found.identity.is_empty)
    )
    return Output(result=result, text=text, exit_code=1 if open_ else 0)


@made(
    "clear",
    ClearOptions,
    (
        click.argument("links", nargs=-1, metavar="[LINK]..."),
        click.option("--all", "every", metavar="SPEC", default="", help="Every changed link of a spec."),
        click.option("--reason", required=True, help="Why the links are right as they are; recorded."),
    ),
)
def clear(options: ClearOptions) -> Output:
    """Record that links are right although their criterion changed; LINK is as `trace suspect` prints it, such as login#2.1:1.2.

    For a link whose criterion is gone, or that shifted, the old meaning is let go and what it names now counts.
    """
    if not options.reason.strip():
        raise Usage("The reason is empty.", "Say why the links are right: --reason TEXT.")
    app = app_here()
    workspace = opened(app)
    found = linked(app, workspace)
    if options.every or not {link_name(link) for link in found.states.links}.issuperset(options.links):
        require_whole(found, {named_spec(workspace, options.every).path} if options.every else ())
    chosen = _chosen(found.states.links, options, workspace)
    clearing = Clearing(by=app.git.user(), at=app.clock.now(), reason=options.reason.strip(), commit=app.git.head())
    clear_links(app, workspace, chosen, clearing)
    names = tuple(dict.fromkeys(link_name(link) for link in chosen))
    result = ClearResult(by=clearing.by, at=clearing.at, reason=clearing.reason, commit=clearing.commit, links=names)
    return Output(result=result, text="\n".join(f"cleared {safe(name)}" for name in names) or "Nothing is suspect.")


@made(
    "renumber",
    RenumberOptions,
    (_SPECS, click.option("--write", is_flag=True, help="Rewrite the references; without it only the diff is shown.")),
)
def renumber(options: RenumberOptions) -> Output:
    """Show, or with --write mend, references that name another criterion than when they were pinned.

    Task lists, designs, code and tests; exactly the ids are rewritten. Ends with 1 when something is left to mend.
    """
    app = app_here()
    workspace = opened(app)
    specs = _named(workspace, options.specs) if options.specs else ()
    done = renumbered(app, workspace, specs, is_writing=options.write)
    result = RenumberResult(
        written=done.is_written,
        references=tuple(_shifted(shift) for shift in done.shifts),
        left=tuple(_shifted(shift) for shift in done.left),
        diff=done.diff,
    )
    is_open = bool(done.left or (done.shifts and not done.is_written))
    return Output(result=result, text=_renumber_text(app.folder, done), exit_code=1 if is_open else 0)


@made(
    "waive",
    WaiveOptions,
    (
        click.argument("criterion"),
        click.option("--reason", required=True, help="Why the criterion needs no task or test; recorded."),
        click.option("--until", default="", metavar="DAY", help="The last day on which this counts, such as 2026-12-31."),
    ),
)
def waive_(options: WaiveOptions) -> Output:
    """Record that a criterion, such as login/1.2, needs no task or test."""
    if not options.reason.strip():
        raise Usage("The reason is empty.", "Say why: --reason TEXT.")
    app = app_here()
    _require_day(options.until, app.clock.now()[:10])
    waiver = Waiver(reason=options.reason.strip(), by=app.git.user(), at=app.clock.now(), until=options.until)
    update = waive(app, opened(app), options.criterion, waiver)
    result = WaiveResult(
        criterion=options.criterion, reason=waiver.reason, by=waiver.by, at=waiver.at, until=waiver.until, path=update.path
    )
    until = f" until {waiver.until}" if waiver.until else ""
    return Output(result=result, text=f"{safe(options.criterion)} is waived{until}: {safe(waiver.reason)}")


def _require_day(until: str, today: str) -> None:
    """Stop where the end of a waiver is no day of the calendar, or one that is over."""
    import re  # noqa: PLC0415  (start-up)
    from datetime import date  # noqa: PLC0415

    if not until:
        return
    try:
        is_day = bool(re.fullmatch(_DAY, until, re.ASCII)) and bool(date.fromisoformat(until))
    except ValueError:
        is_day = False
    if not is_day:
        raise Usage(f"`{until[:40]}` is no day.", "Write it as 2026-12-31.")
    if until < today:
        raise Usage(f"{until} is over: the waiver would count for nothing.", f"Name {today} or a later day, or none.")


def link_name(link: StatedLink) -> str:
    """Name a link so that it can be pasted: `login#2.1:1.2`."""
    return f"{link.link.spec}#{link.link.source}:{link.id or link.link.target}"


def _named(workspace: Workspace, names: tuple[str, ...]) -> tuple[Spec, ...]:
    """Find the named specs; all that have criteria and are not archived, or have a lock, when none is named."""
    if names:
        return tuple(dict.fromkeys(named_spec(workspace, name) for name in names))
    return tuple(
        spec
        for spec in workspace.specs
        if lock_path(spec) in workspace.by_path or (not spec.is_archived and spec.requirements and spec.requirements.criteria)
    )


def _chosen(links: tuple[StatedLink, ...], options: ClearOptions, workspace: Workspace) -> list[StatedLink]:
    """Find the links that were named.

    Raises:
        Usage: none is named, or there is no such link.
    """
    if not options.links and not options.every:
        raise Usage("No link is named.", "Paste one from `setsquare trace suspect`, or: --all SPEC.")
    chosen: list[StatedLink] = []
    for name in options.links:
        found = [link for link in links if link_name(link) == name]
        if not found:
            raise Usage(f"There is no link `{name}`.", "List them: `setsquare trace suspect`.")
        if any(link.state is LinkState.AMBIGUOUS for link in found):
            raise Usage(f"`{name}` leads to two criteria of one id.", "Give the criteria different ids first.")
        chosen += found
    if options.every:
        spec = named_spec(workspace, options.every)
        chosen += [link for link in links if link.home == spec.path and link.state in (LinkState.SUSPECT, LinkState.PREDATED)]
    return chosen


def _locked(update: LockUpdate) -> LockedSpec:
    changes = Counter(pairing.change.value for pairing in update.pairings)
    return LockedSpec(
        spec=update.spec.name,
        path=update.path,
        stale=update.is_stale,
        created=update.old is None,
        changes=dict(sorted(changes.items())),
        pins=update.pins,
    )


def _repaired(repairs: tuple[Repair, ...]) -> Output:
    """Show what was repaired."""
    specs = tuple(
        LockedSpec(spec=item.spec.name, path=item.path, stale=True, created=False, changes={}, pins=0, kept=item.kept, diff=item.diff)
        for item in repairs
    )
    lines: list[str] = []
    for item in repairs:
        lines += [f"{item.path}:{problem.line}: {safe(problem.reason)}" for problem in item.problems]
        lines += [_painted(item.diff), f"Repaired {safe(item.path)}; the broken file is {safe(item.kept)}."]
    text = "\n".join(lines) or "No lock is broken."
    return Output(result=LockResult(written=bool(repairs), stale=len(repairs), specs=specs), text=text)


def _lock_text(updates: tuple[LockUpdate, ...], *, is_check: bool) -> str:
    """Say of each lock what changed."""
    lines = []
    bearers = Counter(update.spec.name for update in updates)
    for update in updates:
        name = update.spec.name if bearers[update.spec.name] == 1 else update.spec.path
        count = Counter(pairing.change.value for pairing in update.pairings)
        parts = [f"{number} {change}" for change, number in sorted(count.items())] + ([f"{update.pins} pinned"] if update.pins else [])
        word = "up to date" if not update.is_stale else "stale" if is_check else "created" if update.old is None else "updated"
        lines.append(f"{safe(name)}: {word}" + (f" ({', '.join(parts)})" if parts and update.is_stale else ""))
    if is_check and any(update.is_stale for update in updates):
        lines.append("Write them: setsquare trace lock")
    return "\n".join(lines) or "No spec has criteria."


def _suspect(link: StatedLink) -> SuspectLink:
    """Shape one link for programs."""
    return SuspectLink(
        link=link_name(link),
        state=link.state.value,
        kind=link.link.kind.value,
        spec=link.link.spec,
        source=link.link.source,
        written=link.written,
        criterion=link.id,
        uid=link.uid,
        path=link.link.path,
        line=link.link.line,
        change=link.change.value,
        was=link.was,
        now=link.now,
        diff=word_diff(link.was, link.now),
        partners=link.partners,
        edited=link.is_source_changed,
    )


def _suspect_text(folder: str, link: StatedLink) -> str:
    """Show one link with the words that changed."""
    place = f"{shown(folder, link.link.path)}:{link.link.line}"
    head = f"{paint(link.state.value, 'yellow')}  {safe(quoted(link_name(link)))}  {safe(place)}"
    edited = "\n  the source was edited since, too" if link.is_source_changed else ""
    match link.state:
        case LinkState.SHIFTED:
            return f"{head}\n  `{safe(link.written)}` meant {safe(link.id)}: {safe(link.now)}{edited}"
        case LinkState.ORPHANED:
            return f"{head}\n  gone: {safe(link.was)}{edited}"
        case LinkState.AMBIGUOUS:
            return f"{head}\n  two criteria have this id{edited}"
        case LinkState.UNWANTED:
            return f"{head}\n  it demands nothing: {safe(link.now)}{edited}"
        case _:
            return f"{head}\n  {_words(word_diff(link.was, link.now))}{edited}"


def _what_next(links: list[StatedLink]) -> list[str]:
    """Say what to type about links that need a look."""
    lines = []
    if any(link.state is LinkState.SHIFTED for link in links):
        lines.append("Shifted ones: setsquare trace renumber")
    changed = next((link for link in links if link.state not in (LinkState.SHIFTED, LinkState.AMBIGUOUS)), None)
    if changed is not None:
        lines.append(f"Right as it is? setsquare trace clear {safe(quoted(link_name(changed)))} --reason TEXT")
    return lines


def _words(pieces: tuple[Piece, ...]) -> str:
    """Show a word diff, in colours or in brackets."""
    shapes = {"removed": ("[-", "-]", "red"), "added": ("{+", "+}", "green")}
    parts = []
    for piece in pieces:
        if piece.kind == "kept":
            parts.append(safe(piece.text))
            continue
        opening, closing, colour = shapes[piece.kind]
        parts.append(paint(safe(piece.text), colour) if is_coloured() else f"{opening}{safe(piece.text)}{closing}")
    return "".join(parts)


def _all_right(count: int, *, is_locked: bool) -> str:
    if not is_locked:
        return "No spec has a lock yet. Write them: setsquare trace lock"
    return f"All {count} links mean what they meant."


def _shifted(shift: Shift) -> ShiftedReference:
    reference = shift.reference
    return ShiftedReference(path=reference.path, line=reference.line, source=shift.source, written=reference.written, new=shift.new)


def _renumber_text(folder: str, done: Renumbering) -> str:
    """Show the diff, and what is left."""
    lines = [_painted(done.diff)] if done.diff else []
    lines += [f"{shown(folder, shift.reference.path)}:{shift.reference.line}: {safe(_left(shift))}" for shift in done.left]
    if done.shifts:
        count = "1 reference" if len(done.shifts) == 1 else f"{len(done.shifts)} references"
        lines.append(f"Renumbered {count}." if done.is_written else f"{count} to renumber. Write: setsquare trace renumber --write")
    return "\n".join(lines) or "Every reference names what it named."


def _left(shift: Shift) -> str:
    """Say what a person must do about a reference that is not rewritten."""
    written = shift.reference.written
    if shift.taken:
        return (
            f"`{written}` means `{shift.taken}` now, but `{shift.taken}` is written in the same place for a criterion that is gone or not "
            "renumbered; take that one out first, then renumber again"
        )
    meant = ", ".join(dict.fromkeys(link.id for link in shift.links if link.id))
    return f"write `{written}` anew; it meant {meant}"


def _painted(diff: str) -> str:
    """Colour a diff."""
    colours = {"+": ("green",), "-": ("red",), "@": ("cyan",)}
    return "\n".join(paint(safe(row), *colours.get(row[:1], ())) for row in diff.rstrip("\n").split("\n"))


COMMANDS = (lock, suspect, clear, renumber, waive_)
"""The commands of this module, for the group."""
