"""`setsquare convert`: specs of one tool become specs of another, with a loss report and a proof."""

from __future__ import annotations

import os
from pathlib import Path

import click
from msgspec import Struct

from setsquare.errors import Usage
from setsquare.journeys.converting import Deed, OneSpec, Outcome, Planned, Request, carry_out, planned
from setsquare.journeys.converting_sources import Tool
from setsquare.migrate.proving import Verdict
from setsquare.surfaces.cli.diff import coloured
from setsquare.surfaces.cli.options import Output
from setsquare.surfaces.cli.options import command as made
from setsquare.surfaces.cli.style import paint, safe
from setsquare.text.counted import counted
from setsquare.text.paths import joined, quoted
from setsquare.wire import app_here

_REFUSED = 3
_FINDINGS = 1
_SHOWN = 6


class Options(Struct, frozen=True, kw_only=True):
    """Which specs, from which form to which, and how."""

    source: str
    target: str
    names: tuple[str, ...]
    root: str
    rewrite: bool
    prove: bool
    dry_run: bool
    yes: bool


class Lost(Struct, frozen=True, kw_only=True):
    """A line of the source that the new form cannot hold; `kind` is `words`, or `form` where only marks and spacing differ."""

    path: str
    line: int
    text: str
    kind: str


class Noted(Struct, frozen=True, kw_only=True):
    """Something to look at in the source."""

    path: str
    line: int
    text: str


class Proved(Struct, frozen=True, kw_only=True):
    """A file there and back: `identical`, `equal` or `different`; `alone` is without what was carried over."""

    path: str
    verdict: str
    alone: str
    diff: str


class ConvertedFile(Struct, frozen=True, kw_only=True):
    """A file of the target: `written`, `rewritten`, `unchanged`, or `kept` with the reason; `unread` is one of the source that was left out."""

    path: str
    deed: str
    reason: str


class ConvertedSpec(Struct, frozen=True, kw_only=True):
    """One spec: where from, where to, the place of what is kept word for word, and what is to be known of it."""

    name: str
    source: str
    target: str
    form: str
    carried: str
    files: tuple[ConvertedFile, ...]
    losses: tuple[Lost, ...]
    notes: tuple[Noted, ...]
    proof: tuple[Proved, ...]


class Result(Struct, frozen=True, kw_only=True):
    """What a conversion does, or did when `outcome` is `applied`; `edits` shows how kept files differ from what would be written."""

    schema: str = "setsquare/convert/1"
    outcome: str
    specs: tuple[ConvertedSpec, ...]
    others: tuple[ConvertedFile, ...]
    proved: dict[str, int]
    diff: str
    edits: str


_TOOLS = click.Choice([tool.value for tool in Tool])


@made(
    "convert",
    Options,
    (
        click.argument("names", nargs=-1, metavar="[NAME]..."),
        click.option("--from", "source", type=_TOOLS, required=True, help="The form that the specs have."),
        click.option(
            "--to", "target", type=click.Choice([Tool.KIRO.value, Tool.OPENSPEC.value]), required=True, help="The form that they get."
        ),
        click.option("--root", default="", metavar="FOLDER", help="Convert in this folder of the repository, such as packages/a."),
        click.option("--rewrite", is_flag=True, help="Write Given, When, Then as sentences of EARS; the originals are kept."),
        click.option("--prove", is_flag=True, help="Only convert there and back in memory and say what differs; writes nothing."),
        click.option("--dry-run", is_flag=True, help="Only show what would change, with the proof."),
        click.option("--yes", is_flag=True, help="Do it without asking; without it somebody must be at the terminal."),
    ),
)
def command(options: Options) -> Output:
    """Convert specs between tools; shows the change as a diff first and never changes the source.

    A NAME is a spec's name or its folder, in a package too (packages/a/openspec/specs/login); an archived change is converted only by its name.
    What the new form cannot hold is listed and kept word for word in carried-over.md beside the new spec. What somebody edited there since stays.
    Ends with 1 when a spec cannot be read or converted or a proof differs, with 3 when nobody said yes or a
    file that no conversion made is in the way: of that spec nothing is written.
    """
    app = app_here()
    request = Request(
        source=Tool(options.source),
        target=Tool(options.target),
        names=options.names,
        rewrites=options.rewrite,
        root=_root(app.folder, options.root),
    )
    plan = planned(app, request)
    is_shown = options.dry_run or options.prove
    none = Outcome.PROPOSED if plan.plan.changes else Outcome.NOTHING
    outcome = none if is_shown else carry_out(app, plan, is_sure=options.yes)
    result = _result(plan, outcome)
    is_wrong = bool(plan.unread) or any(one.converted is None for one in plan.specs) or result.proved.get(Verdict.DIFFERENT.value, 0) > 0
    is_refused = (not is_shown and outcome in (Outcome.PROPOSED, Outcome.DECLINED)) or (bool(plan.in_the_way) and not options.prove)
    return Output(result=result, text=_text(plan, result, options), exit_code=_REFUSED if is_refused else _FINDINGS if is_wrong else 0)


def _root(folder: str, given: str) -> str:
    """Write the folder that a person named from the workspace's; a tool's own folder means the one around it.

    Raises:
        Usage: it is no folder of the workspace.
    """
    if not given:
        return ""
    target = Path(given).absolute()
    target = target.parent if target.name in ("openspec", ".kiro", "specs", ".specify") else target
    path = os.path.relpath(target, Path(folder).absolute())
    if path.split(os.sep, 1)[0] == os.pardir or not target.is_dir():
        raise Usage(f"`--root {given}` is no folder of this repository.", "Name a folder below the workspace's, such as --root packages/a.")
    return "" if path == os.curdir else Path(path).as_posix()


def _result(plan: Planned, outcome: Outcome) -> Result:
    in_specs = {step.path for one in plan.specs for step in one.steps}
    counts = dict.fromkeys((verdict.value for verdict in Verdict), 0)
    for one in plan.specs:
        for compared in one.proof:
            counts[compared.verdict.value] += 1
    return Result(
        outcome=outcome.value,
        specs=tuple(_spec(one) for one in plan.specs),
        others=tuple(
            ConvertedFile(path=step.path, deed=step.deed.value, reason=step.why) for step in plan.steps if step.path not in in_specs
        )
        + tuple(ConvertedFile(path=path, deed="unread", reason=reason) for path, reason in plan.unread),
        proved=counts,
        diff=plan.diff,
        edits=plan.edits,
    )


def _spec(one: OneSpec) -> ConvertedSpec:
    source, made_of = one.aimed.source, one.converted
    has_kept = made_of is not None and bool(made_of.record.kept or made_of.record.slots or made_of.record.held)
    return ConvertedSpec(
        name=source.name,
        source=source.folder,
        target=one.aimed.folder,
        form=made_of.form.value if made_of else "",
        carried=joined(one.aimed.folder, "carried-over.md") if has_kept else "",
        files=tuple(ConvertedFile(path=step.path, deed=step.deed.value, reason=step.why) for step in one.steps),
        losses=tuple(
            Lost(path=joined(source.folder, loss.file), line=loss.line, text=loss.text, kind="words" if loss.is_words else "form")
            for loss in (made_of.losses if made_of else ())
        ),
        notes=tuple(Noted(path=note.path, line=note.line, text=note.text) for note in one.notes),
        proof=tuple(
            Proved(path=joined(source.folder, each.file), verdict=each.verdict.value, alone=each.alone.value, diff=each.diff)
            for each in one.proof
        ),
    )


def _text(plan: Planned, result: Result, options: Options) -> str:
    """Say per spec what becomes of it, then the proof and what comes next; the diff where nothing was written yet."""
    shows_diff = result.outcome == Outcome.PROPOSED.value and not options.prove
    lines = coloured(result.diff) if shows_diff else []
    lines += coloured(result.edits)
    lines += ["" for _ in lines[:1]]
    for spec in result.specs:
        lines += _spec_lines(spec)
    for other in result.others:
        lines.append(f"{safe(other.path)}: {other.deed}{f' ({safe(other.reason)})' if other.reason else ''}")
    if any(one.proof for one in plan.specs):
        counts = result.proved
        lines.append(
            f"There and back: {counted(counts['identical'], 'file')} identical, {counts['equal']} equal in what they say, {counts['different']} different."
        )
        lines += [line for spec in result.specs for each in spec.proof if each.diff for line in ("", safe(each.path), *coloured(each.diff))]
    lines += [
        f"{paint('refused', 'red')}  {safe(path)} is in the way: no conversion made it, so nothing of its spec is written. Give it another name, then convert again."
        for path in plan.in_the_way
    ]
    lines.append(_end(plan, result, options))
    return "\n".join(lines)


def _spec_lines(spec: ConvertedSpec) -> list[str]:
    lines = [f"{paint(safe(spec.source), 'bold')} → {safe(spec.target)}"]
    for deed in Deed:
        files = [each for each in spec.files if each.deed == deed.value]
        if files and deed is Deed.KEPT:
            lines += [f"  {paint('kept', 'yellow')}  {safe(each.path)}: {safe(each.reason)}" for each in files]
        elif files:
            lines.append(f"  {deed.value}  {', '.join(safe(each.path[len(spec.target) + 1 :]) for each in files)}")
    lost = [each for each in spec.losses if each.kind == "words"]
    rest = len(spec.losses) - len(lost)
    if spec.losses:
        lines.append(
            f"  not held by the new form: {counted(len(lost), 'line')} of words, {rest} of marks and spacing; word for word in {safe(spec.carried)}"
        )
    lines += [f"    {safe(each.path)}:{each.line}  {safe(each.text[:100])}" for each in lost[:_SHOWN]]
    lines += [f"    … {len(lost) - _SHOWN} more: --format json, or carried-over.md" for _ in lost[_SHOWN : _SHOWN + 1]]
    lines += [f"  {paint('note', 'yellow')}  {safe(note.path)}:{note.line}  {safe(note.text)}" for note in spec.notes[:_SHOWN]]
    lines += [f"  … {len(spec.notes) - _SHOWN} more notes: --format json" for _ in spec.notes[_SHOWN : _SHOWN + 1]]
    return lines


def _end(plan: Planned, result: Result, options: Options) -> str:
    match result.outcome:
        case Outcome.APPLIED.value:
            return "Next: setsquare check, then commit the files."
        case Outcome.NOTHING.value:
            if result.specs or result.others:
                return "Nothing was written." if plan.in_the_way else "Nothing is to be changed."
            roots = ", ".join(safe(quoted(root)) for root in plan.elsewhere[:_SHOWN])
            below = f" There are some in {roots}: name one with --root." if roots else ""
            return f"There are no specs of {options.source} here.{below}"
        case Outcome.DECLINED.value:
            return "Nothing was written."
    again = ["setsquare convert", *(quoted(name) for name in options.names), "--from", options.source, "--to", options.target]
    again += ["--root", quoted(options.root)] if options.root else []
    again += ["--rewrite"] if options.rewrite else []
    return f"Nothing is written yet. Next: {' '.join(again)}{'' if options.dry_run or options.prove else ' --yes'}"
